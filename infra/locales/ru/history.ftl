history-page = <b>{ $title }</b> · { $place } из { $total }

history-all = Ваши задания
history-image = Ваши изображения
history-video = Ваши видео
history-star = Избранное
history-failed = Что не вышло

history-filter-all = Все
history-filter-image = 🖼 Изображения
history-filter-video = 🎬 Видео
history-filter-star = ⭐ Избранное
history-filter-failed = 🚫 Не вышло

history-newer = ‹ Новее
history-older = Старше ›
history-back = ← К списку
history-refresh = 🔄 Обновить

history-empty-all =
    Здесь будет всё, что вы сделаете.
    Нажмите «🖼 Изображение» или «🎬 Видео» и опишите, что хотите увидеть.
history-empty-image =
    <b>Ваши изображения</b> · пока ни одного
    Нажмите «🖼 Изображение» и опишите, что хотите увидеть.
history-empty-video =
    <b>Ваши видео</b> · пока ни одного
    Нажмите «🎬 Видео» и опишите, что снять. Или откройте любое изображение и нажмите «🎬 Оживить».
history-empty-star =
    <b>Избранное</b> · пока пусто
    Нажмите «☆ В избранное» под результатом, который хочется сохранить под рукой.
history-empty-failed =
    <b>Что не вышло</b> · ничего
    Пока получается всё. Так держать.

history-gone = Этого задания больше нет.
history-file-refused = Telegram не принимает этот файл. Он сохранён: попросите у администратора <code>{ $place }</code>.
history-file-refused-admin = Telegram не принимает этот файл. Он сохранён, в хранилище это <code>{ $place }</code>.
history-file-gone =
    Файла этого результата в хранилище больше нет: <code>{ $id }</code>.
    Его можно сделать заново кнопкой «🔁 Ещё раз».
