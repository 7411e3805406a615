button-admin-ranking = 🏆 Рейтинг моделей
admin-ranking = <b>🏆 Рейтинг моделей</b>
admin-ranking-work = <b>{ $work }</b>
admin-ranking-row = { $name } — <b>{ $share } %</b> (побед { $won }, поражений { $lost }, ничьих { $tied })
admin-ranking-row-few = { $name } — побед { $won }, поражений { $lost }, ничьих { $tied }
admin-ranking-few = Пока мало голосов (меньше { $duels }):
admin-ranking-how = Процент — доля побед в парах, которые команда сравнила вслепую; ничья — половина победы.
admin-ranking-empty = Голосов пока нет. Сравнить модели вслепую можно кнопкой «🆚 Сравнить модели» на карточке изображения или видео.

button-compare = 🆚 Сравнить модели
button-compare-chosen = 🆚 Сравнить модели: { $count }
button-compare-done = Готово: { $count } модели
button-compare-none = Не сравнивать
ask-compare =
    <b>🆚 Сравнить модели</b>
    Выберите от { $fewest } до { $most } моделей. Каждая сделает по одному результату. Они придут под буквами, и до голосования не видно, где чей. Цены — за это задание.
compare-adapted = <b>{ $model }</b>: { $lost }
compare-full = Сравнить можно не больше { $most } моделей сразу. Сначала уберите одну.
ask-compared = 🆚 Сравню вслепую: { $models }. Каждая сделает по одному результату.

set-compare = <b>🆚 Сравнение: { $count } { $count ->
        [one] модель
        [few] модели
       *[other] моделей
    }</b>
compare-letter = 🆚 Результат { $letter } в сравнении: модель скрыта до голосования.
compare-failed = ❌ Не получилось: { $why }.
compare-cancelled = Отменено.

ask-vote =
    <b>🆚 Что получилось лучше?</b>
    После голоса покажу, где какая модель.
ask-vote-in-group =
    <b>🆚 Что получилось лучше?</b>
    Голосовать может каждый, один раз; пока модели скрыты, голос можно изменить. Показать модели может автор.
button-tie = 🤝 Ничья
button-reveal = 👁 Показать без голосования
button-reveal-in-group = 👁 Показать модели
result-unveil = 👁 Показать модель
vote-counted = Голос за { $letter } принят. Всего голосов: { $count }.
vote-counted-tie = Голос за ничью принят. Всего голосов: { $count }.
vote-changed = Голос изменён: { $letter }. Всего голосов: { $count }.
vote-changed-tie = Голос изменён: ничья. Всего голосов: { $count }.
compare-revealed = Модели открыты
compare-closed = Модели уже открыты, голосование закончено.
compare-unfinished = Не все результаты сравнения готовы. Модели можно будет показать, когда они придут.
compare-gone = Это сравнение уже недоступно.
compare-not-yours = Показать модели может только автор сравнения.
compare-blind = Модель пока скрыта. Сначала проголосуйте или нажмите «👁» под результатами.

compare-sent = 🆚 По порядку: { $labels }
compare-models = <b>🆚 Модели сравнения</b>
compare-row = <b>{ $letter }</b> — { $model }
compare-votes = { $count ->
        [one] { $count } голос
        [few] { $count } голоса
       *[other] { $count } голосов
    }
compare-ties = 🤝 Ничья: { $count ->
        [one] { $count } голос
        [few] { $count } голоса
       *[other] { $count } голосов
    }
compare-deleted = удалено
compare-single = Результат только один, поэтому голосования нет.
compare-next = Что дальше? Выберите букву, и кнопки будут для неё.
