button-admin-ranking = 🏆 Рейтинг моделей
admin-ranking = <b>🏆 Рейтинг моделей</b>
admin-ranking-work = <b>{ $work }</b>
admin-ranking-row = { $name } — <b>{ $share } %</b> (побед { $won }, поражений { $lost }, ничьих { $tied })
admin-ranking-row-few = { $name } — побед { $won }, поражений { $lost }, ничьих { $tied }
admin-ranking-few = Пока мало голосов (меньше { $duels }):
admin-ranking-how = Процент — доля побед в парах, которые команда сравнила вслепую; ничья — половина победы.
admin-ranking-empty = Голосов пока нет. Сравнить модели вслепую можно кнопкой «🆚 Сравнить модели» на карточке изображения или видео.
