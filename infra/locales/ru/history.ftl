history-page = <b>{ $title }</b> · { $place } из { $total }

history-all = Ваши задания
history-image = Ваши картинки
history-video = Ваши клипы
history-star = Избранное
history-failed = Что не вышло

history-filter-all = Все
history-filter-image = 🖼 Картинки
history-filter-video = 🎬 Клипы
history-filter-star = ⭐ Избранное
history-filter-failed = 🚫 Не вышло

history-newer = ‹ Новее
history-older = Старше ›
history-back = ← К списку
history-refresh = 🔄 Обновить

history-empty-all =
    Здесь будет всё, что вы сделаете.
    Нажмите «🖼 Картинка» или «🎬 Клип» и опишите, что хотите увидеть.
history-empty-image =
    <b>Ваши картинки</b> · пока ни одной
    Нажмите «🖼 Картинка» и опишите, что хотите увидеть.
history-empty-video =
    <b>Ваши клипы</b> · пока ни одного
    Нажмите «🎬 Клип» и опишите, что снять. Или откройте любую картинку и нажмите «🎬 Оживить».
history-empty-star =
    <b>Избранное</b> · пока пусто
    Нажмите «☆ В избранное» под результатом, который хочется сохранить под рукой.
history-empty-failed =
    <b>Что не вышло</b> · ничего
    Пока получается всё. Так держать.

history-gone = Этого задания больше нет.
history-file-gone =
    Файла этого результата в хранилище больше нет: <code>{ $id }</code>.
    Его можно сделать заново кнопкой «🔁 Ещё раз».
