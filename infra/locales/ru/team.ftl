money = ${ NUMBER($dollars, minimumFractionDigits: 2, maximumFractionDigits: 3) }
money-whole = ${ $dollars }
wait = { $hours ->
        [0] { $minutes } мин
       *[other] { $minutes ->
            [0] { $hours } ч
           *[other] { $hours } ч { $minutes } мин
        }
    }
priced = { $label } · { $cost }
user-link = <a href="{ $link }">{ $name }</a>
ask-estimate = Стоимость: ≈ { $cost }
ask-estimate-unknown = Цена неизвестна, в бюджете считается как { $cost }

status-waiting-behind = { $position ->
        [0] ⏳ Ждёт отправки: ваше задание следующее.
        [one] ⏳ Ждёт отправки: перед вами { $position } задание.
        [few] ⏳ Ждёт отправки: перед вами { $position } задания.
       *[other] ⏳ Ждёт отправки: перед вами { $position } заданий.
    }

refused-paused = ⏸ Администратор приостановил работу: новые задания пока не принимаю. Уже начатые дойдут до конца. Попробуйте позже.
refused-paused-admin = ⏸ Приём новых заданий приостановлен. Продолжить можно в /admin.
refused-paused-because =
    ⏸ Администратор приостановил работу: новые задания пока не принимаю. Уже начатые дойдут до конца.

    <blockquote>{ $message }</blockquote>
refused-user_max_jobs = { $count ->
        [one] У вас в работе { $count } задание, а можно не больше { $limit } сразу:
        [few] У вас в работе { $count } задания, а можно не больше { $limit } сразу:
       *[other] У вас в работе { $count } заданий, а можно не больше { $limit } сразу:
    }
refused-set-max_jobs = Сразу можно не больше { $limit } заданий. Сейчас в работе { $count }, а здесь ещё { $ordered }. Выберите меньше или подождите, пока начатые закончатся.
refused-set-can-wait = Сразу можно не больше { $limit } заданий. Сейчас в работе { $count }, а здесь ещё { $ordered }:
refused-can-wait = Могу поставить в очередь: начнётся само, когда освободится место.
refused-kept_orders = Уже ждут { $limit } отложенных заданий, больше нельзя. Отмените лишнее: /status.
button-keep-queued = ⏳ Поставить в очередь
button-keep = ⏳ Повторить, когда можно
button-cancel-instead = ✖️ Отменить «{ $prompt }»
kept-noted = Отложено: начнётся само
kept-started = Место уже есть: начинаю
kept-gone = Этот заказ устарел. Пришлите описание ещё раз.
status-kept-jobs = ⏳ В очереди: начнётся само, когда закончится одно из начатых заданий.
status-kept-paused = ⏸ Ждёт: начнётся само, когда администратор возобновит работу.
status-kept-day = ⏳ Ждёт: начнётся само, когда обновится дневной бюджет (в полночь по UTC).
status-kept-month = ⏳ Ждёт: начнётся само, когда обновится месячный бюджет (1-го числа по UTC).
status-kept-price = Цена сейчас { $cost }, перед началом проверю её ещё раз.
status-kept-orders = Отложены и ждут:
running-image = 🖼 <code>{ $id }</code> { $prompt }
running-video = 🎬 <code>{ $id }</code> { $prompt }
refused-until-enough-end = Пришлите описание ещё раз, когда { $count ->
        [1] оно закончится
       *[other] { $ending ->
            [1] одно из них закончится
           *[other] хотя бы { $ending } из них закончатся
        }
    }. Отменить лишнее: /cancel и номер.
over-user_daily_budget = Сегодня вы потратили { $spent } из { $allowed }, осталось { $left }.
over-user_monthly_budget = В этом месяце вы потратили { $spent } из { $allowed }, осталось { $left }.
over-guest_daily_budget = Гости могут тратить { $allowed } в день: сегодня вы потратили { $spent }, осталось { $left }.
over-guest_monthly_budget = Гости могут тратить { $allowed } в месяц: в этом месяце вы потратили { $spent }, осталось { $left }.
over-team_daily_budget = Сегодня команда потратила { $spent } из { $allowed }, осталось { $left }.
over-team_monthly_budget = В этом месяце команда потратила { $spent } из { $allowed }, осталось { $left }.
refused-over-budget = Это задание стоит примерно { $cost }.
budget-restarts = Счёт обнулится через { $wait }.
budget-restarts-days = Счёт обнулится через { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[other] { $days } дней
    }.
raise-budget = Нужно раньше? Увеличьте бюджет в /admin.
ask-somebody = Нужно раньше? Попросите увеличить бюджет:
ask-an-admin = Нужно раньше? Попросите администратора увеличить бюджет.

button-go-on = ▶️ Продолжить
button-again-paid-twice = 🔁 Ещё раз (возможна двойная оплата)

money-own = 💰 Вы потратили сегодня { $today }, с начала месяца { $month }.
money-helper = Из них за помощника с начала месяца (перевод, подсказки, голос): { $month }.
money-team = 👥 Команда потратила сегодня { $today }, с начала месяца { $month }.
money-left-of = { $left } из { $allowed }
money-user_daily_budget = Осталось на сегодня: { $left }
money-user_monthly_budget = Осталось на месяц: { $left }
money-guest_daily_budget = Осталось на сегодня по бюджету гостя: { $left }
money-guest_monthly_budget = Осталось на месяц по бюджету гостя: { $left }
money-team_daily_budget = Осталось у команды на сегодня: { $left }
money-team_monthly_budget = Осталось у команды на месяц: { $left }
money-enough = С вашими настройками этого хватит на { $images ->
        [one] { $images } изображение
        [few] { $images } изображения
       *[other] { $images } изображений
    }{ $videos ->
        [0] , а на видео не хватит
       *[other] {" "}или на { $videos } видео
    }.
