result-as_is = ✍️ My words as they are
result-again = 🔁 Again
result-seed = 🎲 Another seed
result-vary = ✨ Variations
result-edit = ✏️ New description
result-animate = 🎬 Animate
result-upscale = ⬆️ Upscale
result-extend_video = ⏩ Continue
result-video_upscale = ⬆️ Upscale
result-more = ⋯ More
result-details = ℹ️ Details
copy-prompt = 📋 Prompt
copy-seed = 📋 Seed
copy-id = 📋 ID
result-hide = ✕ Hide
result-original = 📄 Original
result-star = ☆ Favourite
result-unstar = ⭐ In favourites
result-share = 📤 Share
inline-result = Result
inline-nothing-found = Nothing found. Open the bot
inline-nothing-yet = Nothing yet. Make the first one
inline-no-access = No access yet. Ask for it
result-ask = 🗑 Delete
result-delete = 🗑 Yes, delete it for good
result-keep = ← Keep it

results-next = What next?

ask-which-vary = Variations of which image?
ask-which-animate = Which image shall I animate?
ask-which-upscale = Which image shall I upscale?
ask-which-start = Which image shall I take?
result-scale = ⬆️ ×{ $times }
ask-scale = How many times larger?
ask-delete = Delete it for good: messages, files and the record of the job?
fal-keeps-files = fal keeps copies of the files until { $date }.
fal-keeps-files-forever = fal keeps copies of the files for ever.
fal-keeps-request = fal keeps the words of the order until { $date }.

vary-without-words = a variation of this image
vary-started = Making four like this
upscale-started = Upscaling it
original-started = Sending it uncompressed
original-gone = The file is no longer in the storage. “🔁 Again” makes it anew.
original-too-slow = Sending the file takes too long. Please try again a little later.
original-caption = <code>{ $id }</code> · { $width } × { $height }
too-large-to-upscale = This image is already too large to be upscaled.
too-large-to-video_upscale = This video is already too large: I make none above 4K.
animate-asked = Describe what moves
started = Starting
animate-naturally = natural, lifelike motion
button-without-words = ▶️ Without a description
model-gone = This model is gone. Choose another one on the card and send the description.
favoured = ⭐ In favourites: you will find it in /my
disfavoured = No longer in favourites
deleted = Deleted
deleted-but-messages = The files are deleted. Telegram did not let me remove the messages (older than two days, it never does): please remove them yourself.
delete-unable = It could not be deleted just now. Please try again a little later.
delete-unfinished = The job is still under way. Cancel it first: /cancel { $id }
answer-video = I make no images from videos: I can continue or upscale one. For a new image, send /image and a description as a message of its own.
answer-page = This shows many at once. Open the one you mean by its number and reply to it.
answer-unfinished =
    This job is still under way: you can edit what comes of it.
    To start another one, send its description as a message of its own.
not-your-result = This is somebody else’s result. Reply to it with a description to make your own.

caption-prompt = { $prompt }
caption-prompt-folded = <blockquote expandable>{ $prompt }</blockquote>
caption-model = <i>{ $model }</i>
caption-crop = ✂️ { $ratio }, free
caption-seed = seed <code>{ $seed }</code>
caption-fewer = ⚠️ { $count } of { $ordered }: the service did not make the others, or they could not be downloaded.
caption-time = { $elapsed }
caption-too-late = ⚠️ It could not be cancelled: the service had finished before.
caption-estimate = ≈ { $cost }
caption-sent = The model got: { $prompt }
caption-id = <code>{ $id }</code>
caption-author = 👤 { $name }
caption-link = 📦 The file is { $megabytes } MB, too large for Telegram: <a href="{ $url }">download it</a>. The link works for 7 days.
caption-stored = 📦 The file is { $megabytes } MB, too large for Telegram. Ask the administrator for <code>{ $place }</code>.
caption-stored-admin = 📦 The file is { $megabytes } MB, too large for Telegram. In the storage it is <code>{ $place }</code>.
caption-moved = 💬 It could not be sent to the group, so it comes here.
result-kept = 📦 Telegram did not take this file. It is saved: get it in /my.
result-kept-of = 📦 Telegram did not take file { $number } of { $count }. It is saved: get it in /my.
result-link = <a href="{ $url }">Download the file</a>. The link works for 7 days.
