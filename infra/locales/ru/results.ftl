result-as_is = ✍️ Мои слова как есть
result-again = 🔁 Ещё раз
result-seed = 🎲 Другой seed
result-vary = ✨ Варианты
result-edit = ✏️ Другое описание
result-animate = 🎬 Оживить
result-upscale = ⬆️ Увеличить
result-extend_video = ⏩ Продолжить
result-video_upscale = ⬆️ Увеличить
result-more = ⋯ Ещё
result-details = ℹ️ Подробности
copy-prompt = 📋 Описание
copy-seed = 📋 Seed
copy-id = 📋 ID
result-hide = ✕ Скрыть
result-original = 📄 Оригинал
result-star = ☆ В избранное
result-unstar = ⭐ В избранном
result-share = 📤 Поделиться
inline-result = Результат
inline-nothing-found = Ничего не нашлось. Открыть бота
inline-nothing-yet = Пока ничего нет. Создать первое
inline-no-access = Доступа пока нет. Попросить
result-ask = 🗑 Удалить
result-delete = 🗑 Да, удалить совсем
result-keep = ← Оставить

results-next = Что дальше?

ask-which-vary = Для какого изображения сделать варианты?
ask-which-animate = Какое изображение оживить?
ask-which-upscale = Какое изображение увеличить?
ask-which-start = Какое изображение взять?
result-scale = ⬆️ ×{ $times }
ask-scale = Во сколько раз увеличить?
ask-delete = Удалить совсем: сообщения, файлы и запись о задании?
fal-keeps-files = У fal копии файлов останутся до { $date }.
fal-keeps-files-forever = У fal копии файлов останутся бессрочно.
fal-keeps-request = Текст заказа fal хранит до { $date }.

vary-without-words = вариант этого изображения
vary-started = Делаю четыре похожих
upscale-started = Увеличиваю
original-started = Отправляю без сжатия
original-gone = Файла в хранилище больше нет. Его можно сделать заново кнопкой «🔁 Ещё раз».
original-too-slow = Файл отправляется слишком медленно. Попробуйте, пожалуйста, немного позже.
original-caption = <code>{ $id }</code> · { $width } × { $height }
too-large-to-upscale = Это изображение и так велико: увеличить его уже нельзя.
too-large-to-video_upscale = Это видео и так велико: больше 4K я не делаю.
animate-asked = Опишите движение
started = Начинаю
animate-naturally = естественное, живое движение
button-without-words = ▶️ Без описания
model-gone = Этой модели больше нет. Выберите на карточке другую и пришлите описание.
favoured = ⭐ В избранном: найдёте в /my
disfavoured = Больше не в избранном
deleted = Удалено
deleted-but-messages = Файлы удалены, а сообщения Telegram убрать не дал (старше двух суток он не даёт никогда): уберите их сами.
delete-unable = Удалить сейчас не получилось. Попробуйте, пожалуйста, ещё раз немного позже.
delete-unfinished = Задание ещё идёт. Сначала отмените его: /cancel { $id }
answer-video = Изображений из видео я не делаю: могу продолжить его или увеличить. Для нового изображения пришлите /image и описание отдельным сообщением.
answer-page = Здесь сразу много всего. Откройте нужное кнопкой с номером и ответьте на него.
answer-unfinished =
    Это задание ещё выполняется: изменить можно будет то, что получится.
    Чтобы начать другое, пришлите описание отдельным сообщением.
not-your-result = Это чужой результат. Ответьте на него описанием, чтобы сделать свой.

caption-prompt = { $prompt }
caption-prompt-folded = <blockquote expandable>{ $prompt }</blockquote>
caption-model = <i>{ $model }</i>
caption-crop = ✂️ { $ratio }, бесплатно
caption-seed = seed <code>{ $seed }</code>
caption-fewer = ⚠️ Пришло { $count } из { $ordered }: остальные сервис не сделал, или их не удалось скачать.
caption-time = { $elapsed }
caption-too-late = ⚠️ Отменить не вышло: сервис успел закончить раньше.
caption-estimate = ≈ { $cost }
caption-sent = Модель получила: { $prompt }
caption-id = <code>{ $id }</code>
caption-author = 👤 { $name }
caption-link = 📦 Файл на { $megabytes } МБ не помещается в Telegram: <a href="{ $url }">скачать</a>. Ссылка работает 7 дней.
caption-stored = 📦 Файл на { $megabytes } МБ не помещается в Telegram. Попросите у администратора <code>{ $place }</code>.
caption-stored-admin = 📦 Файл на { $megabytes } МБ не помещается в Telegram. В хранилище это <code>{ $place }</code>.
caption-moved = 💬 В группу отправить не получилось, поэтому присылаю сюда.
result-kept = 📦 Telegram не принял этот файл. Он сохранён: его можно взять в /my.
result-kept-of = 📦 Файл { $number } из { $count } Telegram не принял. Он сохранён: его можно взять в /my.
result-link = <a href="{ $url }">Скачать файл</a>. Ссылка работает 7 дней.
