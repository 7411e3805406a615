step-forward = Forward ↪️
result-prev = ↩️ Back
result-tree = 🌳 Family tree
step-deleted = The step before is deleted; this is the one before that.
step-first-gone = The steps before it are deleted.
step-not-here = This step was made in another chat: open it in /my.
tree-title = <b>🌳 Family tree</b>
tree-step = { $sign } { $number }
tree-here = 📍 <b>here</b>
tree-words = “{ $words }”
tree-image = image
tree-video = video
tree-deleted = { $sign } <i>deleted</i>
tree-hidden = { $sign } <i>from another chat</i>
tree-left-out = ↑ <i>{ $count ->
        [one] { $count } more step
       *[other] { $count } more steps
    }</i>
tree-alone = This is the first step, and nothing has been made from it yet.
tree-minutes-ago = { $minutes ->
        [0] just now
       *[other] { $minutes } min ago
    }
tree-hours-ago = { $hours } h ago
result-first = 🧷 With the first one
first-image-added = The model gets this image and the one that it all began with
first-image-gone = The image that it all began with is gone.
first-image-too-many = { $model } takes one image only. Choose another model for edits in /settings.
