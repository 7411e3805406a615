page-token = Токен API
page-token-where = Он стоит в .env под именем api_token.
page-here-only = Без api_token в .env эта страница открывается только на самой машине сервиса.
page-log-in = Открыть
page-log-out = Выйти
page-wrong-token = Это не тот токен.
page-wait = Слишком много неверных токенов. Попробуйте через минуту.
page-away = Нет связи. Пробую снова.

page-state = Состояние
page-paused = Новые задания не принимаются.
page-money = Потрачено сегодня (UTC)
page-of-budget = из { $budget }
page-jobs-today = { $count ->
        [one] { $count } задание
        [few] { $count } задания
       *[other] { $count } заданий
    }
page-week = 7 дней: { $spent }, { $count ->
        [one] { $count } задание
        [few] { $count } задания
       *[other] { $count } заданий
    }
page-at-fal = У fal
page-of-slots = из { $slots }
page-in-line = Ждут очереди: { $count }
page-webhooks-arrive = Вебхуки приходят
page-webhooks-silent = За последний час вебхуков не было
page-queues = Обработчики
page-no-worker = никого нет
page-waiting-chats = Чатов ждут ответа: { $count }
page-active-image = Изображения: { $count }, старшему { $age }
page-active-video = Видео: { $count }, старшему { $age }
page-failures = Неудачи сегодня
page-no-failures = Нет
page-dead-letters = Отложено из-за ошибок: { $count }
page-retry = Повторить
page-jobs = Задания
page-show-all = Все
page-show-active = В работе
page-show-done = Готовые
page-show-failed = Неудачные
page-no-jobs = Здесь пусто.
page-no-words = Без описания
page-cancel = Отменить
page-cancelling = Отменяется
page-newest = ← К новым
page-older = Старше →
page-seconds = { $count } с
page-minutes = { $count } мин
page-hours = { $count } ч
page-days = { $count } дн.

page-status-kept = отложено
page-status-created = Принято
page-status-preparing = Готовится
page-status-prepared = Подготовлено
page-status-submitting = Отправляется
page-status-unconfirmed = Не подтверждено
page-status-queued = В очереди fal
page-status-running = Выполняется
page-status-completed = Готово у fal
page-status-collecting = Скачивается
page-status-collected = Скачано
page-status-delivering = Доставляется
page-status-done = Готово
page-status-failed = Неудача
page-status-cancelled = Отменено
page-status-expired = Время вышло

page-ranking = Рейтинг моделей
page-ranking-empty = Голосов пока нет. Модели сравнивают в чате кнопкой «🆚 Сравнить модели».
page-ranking-how = Доля побед в парах, которые команда сравнила вслепую; ничья — половина победы. В счёте победы, поражения и ничьи. Модели, у которых меньше { $duels } голосов, стоят в конце.
page-ranking-model = Модель
page-ranking-share = Доля побед
page-ranking-score = Счёт
page-ranking-pair = { $model }: { $won }–{ $lost }–{ $tied }
page-back = ← К заданиям

page-spending = Расходы
page-spending-csv = Скачать CSV
page-spending-this-month = с начала месяца (UTC)
page-spending-recent = За последние 30 дней: { $spent }
page-spending-by-user = По людям
page-spending-by-model = По моделям
page-spending-by-day = По дням
page-spending-user = Человек
page-spending-model = Модель
page-spending-day = День (UTC)
page-spending-month = Этот месяц
page-spending-days = 30 дней
page-spending-spent = Потрачено
page-spending-number = Заданий
page-spending-jobs = { $count ->
        [one] { $count } задание
        [few] { $count } задания
       *[other] { $count } заданий
    }
page-spending-none = Пока ничего не потрачено.
page-spending-helper = Помощник (перевод и подсказки)
page-spending-calls = { $count ->
        [one] { $count } обращение
        [few] { $count } обращения
       *[other] { $count } обращений
    }
page-spending-more = … и ещё { $count }

page-bills = Сверка с fal
page-bills-none = Сверок пока не было. Для них нужен fal_admin_key.
page-bills-counted = Учтено
page-bills-billed = Счёт fal
page-bills-differences = { $count ->
        [one] { $count } расхождение
        [few] { $count } расхождения
       *[other] { $count } расхождений
    }
page-bills-discount = скидка { $dollars }
page-bills-unknown = Нет задания
page-bills-other_sum = Другая сумма
page-bills-unbilled = Нет счёта
page-bills-what = Задание или запрос
page-bills-of = Расхождения за { $day }
