ask-image =
    <b>🖼 Изображение</b>
    Опишите, что нарисовать. Настройки — кнопками.
ask-video =
    <b>🎬 Видео</b>
    Опишите, что снять. Настройки — кнопками.
ask-without = Не показывать: <i>{ $things }</i>
ask-in-group = Пришлите описание ответом на это сообщение.
values-elsewhere = Ещё { $values }, если изменить: { $options }.
ask-size = Выберите размер:
ask-aspect = Выберите формат:
ask-resolution = Выберите разрешение:
ask-detail = Выберите качество:
ask-duration = Выберите длительность:
ask-audio = Нужен ли звук?
ask-count = Сколько изображений сделать?
ask-quality = Выберите модель:
ask-style = Выберите стиль:
ask-negative-prompt = Напишите, чего не должно быть в кадре: например, «люди, текст». До { $limit } знаков.

size-original = Как у оригинала
size-square = Квадрат { $ratio }
size-portrait = Вертикальный { $ratio }
size-landscape = Горизонтальный { $ratio }
size-wide = Широкий { $ratio }
size-auto = Авторазмер
short-original = как у оригинала
short-auto = авто
size-around = Со всех сторон
size-left = Слева
size-up = Сверху
size-right = Справа
size-down = Снизу
short-around = со всех сторон
short-left = слева
short-up = сверху
short-right = справа
short-down = снизу
detail-low = Низкое качество
detail-medium = Среднее качество
detail-high = Высокое качество
short-detail-low = низкое
short-detail-medium = среднее
short-detail-high = высокое
quality-standard = Стандарт
quality-premium = Премиум
count = { $count } шт.
duration = { $seconds } с
aspect-original = Как у изображения
scale = ×{ $times }
audio-on = 🔊 Со звуком
audio-off = 🔇 Без звука
short-audio-on = есть
short-audio-off = нет
seed = seed { $seed }

style-none = Без стиля
short-no-style = нет
style-photo = Фотография
style-cinematic = Кино
style-anime = Аниме
style-watercolour = Акварель
style-oil = Масло
style-render_3d = 3D
style-pixel_art = Пиксель-арт
style-line_art = Графика
style-comic = Комикс

button-option = { $name }: { $value }
button-toggle = { $now } → { $then }
option-size = Размер
option-aspect = Формат
option-resolution = Разрешение
option-detail = Качество
option-duration = Длительность
option-audio = Звук
option-count = Количество
option-scale = Увеличение
option-model = Модель
option-style = Стиль
button-more-works = Ещё…

ask-model =
    <b>Модель</b>
    Цена — за это задание, время — сколько обычно занимает здесь.
ask-model-unmeasured =
    <b>Модель</b>
    Цена — за это задание. Время появится после первых результатов.
price-unknown = цена неизвестна
model-lacks = Этого модель не умеет: { $without }.
model-lacks-instead = Этого модель не умеет: { $without }. Вместо этого: { $instead }.
model-replaced = Модель «{ $gone }» вам больше не предлагается, вместо неё — { $model }.
model-replaced-alert = Модель «{ $gone }» вам больше не предлагается, вместо неё — { $model }. Если подходит, нажмите ещё раз.

button-negative-prompt = 🚫 Что не показывать
button-negative-prompt-set = 🚫 Не показывать: изменить
button-clear = Показывать всё
button-back = ← Назад
button-cancel = Отмена

cancelled = Хорошо, отменено.
prompt-too-short = Описание слишком короткое: этой модели нужно хотя бы { $least } { $least ->
        [one] знак
        [few] знака
       *[other] знаков
    }. Пришлите подробнее.
prompt-too-long = Получилось { $length } { $length ->
        [one] знак
        [few] знака
       *[other] знаков
    }, а помещается { $limit }. Сократите, пожалуйста, и пришлите ещё раз.
prompt-to-edit =
    Прежнее описание — нажмите, чтобы скопировать:

    <code>{ $prompt }</code>

offer = Сделать по этому тексту изображение или видео?
words-unseen = В этом сообщении нечего прочитать: в нём нет видимых знаков. Напишите словами, пожалуйста.
words-gone = Исходного сообщения уже нет. Пришлите текст ещё раз.
ask-other-in-group = Другое описание пришлите ответом на это сообщение.
ask-to-start =
    <b>{ $work }</b>
    <blockquote>{ $prompt }</blockquote>
    Начать? Сначала можно изменить настройки или прислать другое описание.
ask-other-words =
    <b>✏️ Другое описание</b>
    Напишите его. Всё остальное останется прежним.
ask-seed = Seed: <code>{ $seed }</code>
price-now = Это стоит { $cost }. Если подходит, нажмите ещё раз.
again-started = Запускаю ещё раз

work-image = 🖼 Изображение
work-video = 🎬 Видео
work-image_edit = ✏️ Изменить
work-inpainting = 🖌 Изменить часть
work-upscale = ⬆️ Увеличить
work-image_to_video = 🎬 Оживить
work-background_removal = ✂️ Убрать фон
work-outpaint = ↔️ Дорисовать
work-erase = 🧽 Стереть
work-first_last_frame = 🎞 Два кадра
work-extend_video = ⏩ Продолжить
work-video_upscale = ⬆️ Увеличить видео
ask-work = Что сделать?

ask-settings =
    <b>⚙️ Настройки: { $work }</b>
    Запомню их для следующих заданий.
button-ready = Готово
settings-closed = Настройки сохранены.

option-impossible = <b>{ $asked }</b> — этого модель не умеет. Можно: { $possible }.
option-unsupported = <b>{ $asked }</b> — этого модель не умеет.
option-unknown = <b>{ $asked }</b> — такой настройки нет. Есть: { $possible }.
option-needs-value = <b>{ $asked }</b> — значения нет, или оно не подходит. Можно: { $possible }.
option-takes-words = слова, например «люди, текст»
option-takes-number = целое число
option-takes-none = ничего, этого модель не умеет
option-other-model = <b>{ $asked }</b> — этого модель не умеет, а { $model } умеет: добавьте в строку <code>--model { $word }</code>.
option-model-unknown = <b>{ $asked }</b> — такой модели здесь нет. Есть: { $possible }.
option-model-ambiguous = <b>{ $asked }</b> — подходит несколько моделей. Уточните: { $possible }.
option-nothing-started = Пока ничего не запускаю: поправьте строку и пришлите ещё раз.
