# Наборы: несколько заданий по одному нажатию.
set-formats = <b>🖼 { $count ->
        [one] { $count } формат
        [few] { $count } формата
       *[other] { $count } форматов
    }</b>
set-label = <b>{ $label }</b>
set-place = { $letter }
set-progress = ⚙️ Готово { $ready } из { $count }.
set-ready = ✅ Готово.
set-done = ✅ Готово { $ready } из { $count } за { $elapsed }.
set-sent = 🖼 { $labels }
set-missing = ⚠️ Без результата: { $labels }.
set-next-formats = Что дальше? Выберите формат, и кнопки будут для него.
button-stop-all = ✖️ Отменить все
