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
