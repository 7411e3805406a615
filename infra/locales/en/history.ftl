history-page = <b>{ $title }</b> · { $place } of { $total }

history-all = Your jobs
history-image = Your pictures
history-video = Your clips
history-star = Favourites
history-failed = What did not work

history-filter-all = All
history-filter-image = 🖼 Pictures
history-filter-video = 🎬 Clips
history-filter-star = ⭐ Favourites
history-filter-failed = 🚫 Failed

history-newer = ‹ Newer
history-older = Older ›
history-back = ← Back to the list
history-refresh = 🔄 Refresh

history-empty-all =
    Everything you make will be here.
    Tap “🖼 Picture” or “🎬 Clip” and describe what you would like to see.
history-empty-image =
    <b>Your pictures</b> · none yet
    Tap “🖼 Picture” and describe what you would like to see.
history-empty-video =
    <b>Your clips</b> · none yet
    Tap “🎬 Clip” and describe what to film. Or open any picture and tap “🎬 Animate”.
history-empty-star =
    <b>Favourites</b> · empty so far
    Tap “☆ Favourite” below a result that you want to keep at hand.
history-empty-failed =
    <b>What did not work</b> · nothing
    Everything has worked so far. Long may it last.

history-gone = This job is gone.
history-file-gone =
    The file of this result is no longer in the storage: <code>{ $id }</code>.
    The “🔁 Again” button makes it anew.
