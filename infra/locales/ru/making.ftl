ask-image =
    <b>🖼 Изображение</b>
    Опишите, что нарисовать. Настройки — кнопками.
ask-video =
    <b>🎬 Видео</b>
    Опишите, что снять. Настройки — кнопками.
ask-without = Не показывать: <i>{ $things }</i>
ask-in-group = Пришлите описание ответом на это сообщение.
ask-style = Выберите стиль:
ask-negative-prompt = Напишите, чего не должно быть на изображении: например, «люди, текст». До { $limit } знаков.

size-original = Как у исходной
size-square = Квадрат
size-portrait = Вертикальный
size-landscape = Горизонтальный
size-wide = Широкий
quality-standard = Стандарт
quality-premium = Премиум
count = { $count } шт.
duration = { $seconds } с
aspect-original = Как у картинки
scale = ×{ $times }
audio-on = 🔊 Со звуком
audio-off = 🔇 Без звука

style-none = Без стиля
style-photo = Фотография
style-cinematic = Кино
style-anime = Аниме
style-watercolour = Акварель
style-oil = Масло
style-render_3d = 3D
style-pixel_art = Пиксели
style-line_art = Графика
style-comic = Комикс

button-style = 🎨 Стиль: { $style }
button-negative-prompt = 🚫 Что не показывать
button-negative-prompt-set = 🚫 Изменить исключения
button-clear = Убрать исключения
button-back = ← Назад
button-cancel = Отмена

cancelled = Хорошо, отменено.
prompt-too-long = Получилось { $length } { $length ->
        [one] знак
        [few] знака
       *[other] знаков
    }, а помещается { $limit }. Сократите, пожалуйста, и пришлите ещё раз.
prompt-to-edit =
    Прежнее описание — нажмите, чтобы скопировать:

    <code>{ $prompt }</code>

offer = Сделать по этому тексту изображение или клип?
words-gone = Исходного сообщения уже нет. Пришлите текст ещё раз.
again-started = Запускаю ещё раз
