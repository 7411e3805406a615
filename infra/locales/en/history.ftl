history-page = <b>{ $title }</b> · { $place } of { $total }

history-all = Your jobs
history-image = Your images
history-video = Your videos
history-star = Favourites
history-failed = What did not work

history-filter-all = All
history-filter-image = 🖼 Images
history-filter-video = 🎬 Videos
history-filter-star = ⭐ Favourites
history-filter-failed = 🚫 Failed

history-newer = ‹ Newer
history-older = Older ›
history-back = ← Back to the list
history-refresh = 🔄 Refresh

history-empty-all =
    Everything you make will be here.
    Tap “🖼 Image” or “🎬 Video” and describe what you would like to see.
history-empty-image =
    <b>Your images</b> · none yet
    Tap “🖼 Image” and describe what you would like to see.
history-empty-video =
    <b>Your videos</b> · none yet
    Tap “🎬 Video” and describe what to film. Or open any image and tap “🎬 Animate”.
history-empty-star =
    <b>Favourites</b> · empty so far
    Tap “☆ Favourite” below a result that you want to keep at hand.
history-empty-failed =
    <b>What did not work</b> · nothing
    Everything has worked so far. Long may it last.

history-gone = This job is gone.
history-file-refused = Telegram does not take this file. It is saved: ask the administrator for <code>{ $place }</code>.
history-file-refused-admin = Telegram does not take this file. It is saved; in the storage it is <code>{ $place }</code>.
history-file-gone =
    The file of this result is no longer in the storage: <code>{ $id }</code>.
    The “🔁 Again” button makes it anew.
