# Sets: several jobs from one press.
set-formats = <b>🖼 { $count ->
        [one] { $count } format
       *[other] { $count } formats
    }</b>
set-label = <b>{ $label }</b>
set-place = { $letter }
set-progress = ⚙️ { $ready } of { $count } ready.
set-ready = ✅ Ready.
set-done = ✅ { $ready } of { $count } ready in { $elapsed }.
set-sent = 🖼 { $labels }
set-missing = ⚠️ Without a result: { $labels }.
set-next-formats = What next? Choose a format: the buttons are for that one.
button-stop-all = ✖️ Cancel all

button-formats = 🔲 Formats: { $count } for { $cost }
ask-formats =
    <b>🔲 Formats</b>
    Send a description: it is made in all chosen formats at once, and they come together.
ask-formats-of =
    <b>🔲 Formats</b>
    <blockquote>{ $prompt }</blockquote>
    It is made in all chosen formats, and they come together. You can send another description.
ask-crop = ✂️ Or crop the finished image around its centre, for free.
formats-none = Choose at least one format.
result-formats = 🔲 Formats
ask-which-formats = Which image do you want in other formats?
crop-started = ✂️ Cropping, at no cost
crop-gone = The file is no longer stored, so there is nothing to crop.
