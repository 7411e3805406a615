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

button-formats = 🔲 Форматы: { $count } за { $cost }
ask-formats =
    <b>🔲 Форматы</b>
    Пришлите описание: сделаю его сразу во всех выбранных форматах и отправлю вместе.
ask-formats-of =
    <b>🔲 Форматы</b>
    <blockquote>{ $prompt }</blockquote>
    Сделаю во всех выбранных форматах и отправлю вместе. Можно прислать другое описание.
ask-crop = ✂️ Или обрежу готовое изображение по центру — бесплатно.
formats-none = Выберите хотя бы один формат.
result-formats = 🔲 Форматы
ask-which-formats = Какое изображение сделать в других форматах?
crop-started = ✂️ Обрезаю, это бесплатно
crop-gone = Файла в хранилище больше нет, обрезать нечего.
