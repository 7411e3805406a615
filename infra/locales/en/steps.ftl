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
