admin-in-private = Управление открывается в личном чате со мной.

button-admin-usage = 📊 Расход
button-admin-state = 🚦 Состояние
button-admin-limits = ⚖️ Лимиты
button-admin-users = 👥 Люди
button-admin-models = 🧠 Модели
button-admin-pause = ⏸ Приостановить
button-admin-resume = ▶️ Продолжить
button-admin-refresh = 🔄 Обновить
button-today = Сегодня
button-week = 7 дней
button-month = Месяц
button-days = По дням

admin-paused = ⏸ <b>Новые задания не принимаются.</b>
admin-usage-today = <b>📊 Расход за сегодня</b> (сутки по UTC)
admin-usage-week = <b>📊 Расход за 7 дней</b>
admin-usage-month = <b>📊 Расход с начала месяца</b> (по UTC)
admin-usage-days = <b>📊 Расход по дням</b>, последние { $days } (по UTC)
admin-total = Всего: { $usage }
admin-total-of = Всего: { $usage }; бюджет команды { $budget }
usage = { $jobs ->
        [one] { $jobs } задание, { $spent }
        [few] { $jobs } задания, { $spent }
       *[other] { $jobs } заданий, { $spent }
    }
admin-by-user = <b>Люди</b>
admin-helper = • Помощник — { $count ->
        [one] { $count } обращение, { $spent }
        [few] { $count } обращения, { $spent }
       *[other] { $count } обращений, { $spent }
    }
admin-by-model = <b>Модели</b>
admin-row = • { $name } — { $usage }
admin-more = … и ещё { $count }
admin-no-usage = Пока никто ничего не делал.

button-bills = 🧾 Сверка с fal
admin-bills = <b>🧾 Сверка с fal</b> (сутки по UTC)
admin-bills-none = Сверок пока не было. Для них нужен <code>fal_admin_key</code> — ключ fal с правом ADMIN; сверка идёт каждую ночь.
admin-bills-agree = ✅ { $day }: { $billed }, всё сходится
admin-bills-differ = ⚠️ { $day }: учтено { $counted }, счёт fal { $billed }; расхождений: { $count }
admin-bills-of = <b>{ $day }</b>
admin-bill = • <code>{ $id }</code> { $model } — учтено { $counted }, счёт { $billed }
reconciliation-differs = ⚠️ Сверка с fal за { $day }: есть расхождения.
reconciliation-unknown = Счёт есть, а задания нет: { $count } на { $dollars }. Возможно, тем же счётом пользуется другая программа.
reconciliation-other_sum = Другая сумма: { $count }, fal взял больше на { $dollars }.
reconciliation-other_sum_less = Другая сумма: { $count }, fal взял меньше на { $dollars }.
reconciliation-unbilled = Учтено, а счёта нет: { $count } на { $dollars }.
reconciliation-where = Подробности: /admin → Расход → Сверка с fal. Учёт не изменён.
reconciliation-refused =
    ⚠️ Сверка с fal не работает: у ключа <code>fal_admin_key</code> нет права ADMIN, или fal его не принимает.
    Создайте ключ с правом ADMIN на <a href="https://fal.ai/dashboard/keys">fal.ai/dashboard/keys</a> и перезапустите бота.

admin-state = <b>🚦 Состояние</b>
admin-slots = У сервиса: { $held } из { $slots }; ждут своей очереди: { $waiting }
admin-slots-unlimited = У сервиса: { $held }, без лимита
admin-queue-image = 🖼 Активных: { $count }
admin-queue-video = 🎬 Активных: { $count }
admin-queue-image-oldest = 🖼 Активных: { $count }, самое давнее ждёт { $age }
admin-queue-video-oldest = 🎬 Активных: { $count }, самое давнее ждёт { $age }
admin-failures = Неудачи сегодня: { $failures }
admin-no-failures = Неудач сегодня не было.
admin-failure = { $name } — { $count }
failed-moderation = проверка содержания
failed-nothing_made = ничего не получилось
failed-bad_input = неверный запрос
failed-too_large = слишком большой запрос
failed-key = не принят ключ
failed-balance = нет денег на счёте
failed-busy = сервис занят
failed-too_slow = не уложился в срок
failed-provider_down = сервис не отвечает
failed-broken_result = повреждённый файл
failed-result_unreachable = не скачалось
failed-result_unstored = не сохранилось
failed-storage = хранилище не отвечает
failed-over_budget = не хватило бюджета
failed-price_rose = дороже показанной цены
failed-result_gone = удалено до отправки
failed-waited_too_long = не дождалось очереди
failed-unconfirmed = не подтверждено
failed-picture = изображение не подошло
failed-unfetched_picture = не скачалось изображение
failed-unknown = причина неизвестна
admin-webhooks-arrive = Вебхуки сервиса: приходят
admin-webhooks-silent = Вебхуки сервиса: за последний час не было
admin-workers = Процессы: { $workers }
worker-updates = сообщения
worker-img_queue = изображения
worker-vid_queue = видео
admin-dead-letters = ⚠️ Отложено из-за сбоев: { $count }. Посмотреть: <code>darkroom dead-letters list</code>

admin-limits = <b>⚖️ Лимиты</b>. Нажмите, чтобы изменить.
limit-user_max_jobs = Заданий сразу у человека
limit-user_daily_budget = Бюджет человека на день
limit-user_monthly_budget = Бюджет человека на месяц
limit-guest_daily_budget = Бюджет гостя на день
limit-guest_monthly_budget = Бюджет гостя на месяц
limit-team_daily_budget = Бюджет команды на день
limit-team_monthly_budget = Бюджет команды на месяц
limit-fal_slots = Заданий сразу у сервиса
limit-row = { $name }: { $value }
limit-none = без лимита
admin-limit =
    <b>{ $name }</b>
    Сейчас: { $value }

    Выберите или пришлите число; 0 — без лимита.
admin-limit-wrong = Нужно число от 0 до { $limit }, например { $example }.
button-back-to-limits = ← К лимитам

admin-users = <b>👥 Люди</b>
admin-users-open = Список в настройках пуст, поэтому сейчас пользоваться ботом может каждый.
admin-users-hint = Нажмите на имя, чтобы открыть или закрыть доступ и выбрать роль. Чтобы добавить человека, пришлите его номер.
admin-users-wrong = Номер — это одно число; незнакомцу бот называет его сам.
button-user = { $mark } { $name }
admin-user =
    <b>{ $name }</b>{ $username }
    Номер: <code>{ $id }</code>
access-is-admin = ⭐ Администратор: так записано в настройках (<code>tg_admin_user_ids</code>).
access-is-settled = ✅ Доступ открыт в настройках (<code>tg_allowed_user_ids</code>). Закрыть его можно только там.
access-is-added = ✅ Доступ открыт администратором.
access-is-open = ✅ Сейчас бот открыт для всех: список в настройках пуст.
access-is-closed = 🚫 Доступ закрыт.
role-member = Роль: участник. Для него действует бюджет человека.
role-guest = Роль: гость. Для него действует и бюджет гостя.
button-make-guest = 👤 Сделать гостем
button-make-member = Сделать участником
role-set-guest = Теперь это гость
role-set-member = Теперь это участник
button-forbid = 🚫 Закрыть доступ
button-back-to-users = ← К людям
user-still-allowed = Доступ записан в настройках: уберите номер из tg_allowed_user_ids и перезапустите бота.
user-forbidden = Доступ закрыт
user-allowed = Доступ открыт

admin-models =
    <b>🧠 Модели</b>
    Какие модели можно выбрать, в каком порядке и кому. Изменения действуют сразу.
admin-models-of =
    <b>🧠 Модели: { $work }</b>
    Первая — по умолчанию. Цены — за обычное задание.
admin-models-row = { $number }. { $facts }
admin-model =
    <b>{ $title }</b>
    <code>{ $endpoint }</code>
    { $facts }
admin-models-add =
    <b>🧠 Модели: { $work }</b>
    Какую модель добавить? Цены — за обычное задание.
admin-models-add-none = Для «{ $work }» все модели каталога уже в списке. Новую добавит команда <code>darkroom models add</code>.
model-not-in-catalogue = ⚠️ нет в каталоге
button-models-add = ➕ Добавить модель
button-models-reset = ↩️ Как в настройках
button-model-up = ⬆️ Выше
button-model-down = ⬇️ Ниже
button-model-role = Кому: { $role }
button-model-drop = Убрать из списка
offered-to-guest = всем
offered-to-member = всем, кроме гостей
offered-to-admin = только администраторам
models-changed = Готово
models-full = В списке уже { $limit } моделей. Сначала уберите одну.
models-last = Хотя бы одна модель должна быть доступна всем. Сначала добавьте или откройте другую.

admin-pause =
    <b>⏸ Приостановить</b>
    Новые задания приниматься не будут, начатые дойдут до конца.

    Напишите, что ответить людям, или приостановите без пояснения.
button-pause-silently = Без пояснения
pause-begun = Приостановлено
pause-over = Работа продолжается
limit-set = Изменено

alarm-key =
    ⚠️ Сервис не принимает ключ, и задания не выполняются.
    Проверьте <code>fal_api_key</code> в настройках и перезапустите бота.
alarm-storage =
    ⚠️ В хранилище нет места, или оно не отвечает. Готовые результаты ждут его до получаса.
    Что именно не так, скажет <code>darkroom doctor</code>.
alarm-balance =
    ⚠️ На счёте сервиса закончились деньги, и задания не выполняются.
    Пополните его: <a href="https://fal.ai/dashboard/billing">fal.ai/dashboard/billing</a>. А пока приём заданий можно приостановить в /admin.
fal-models-changed = ⚠️ Модели fal изменились:
fal-model-gone = <code>{ $model }</code> больше нет
fal-model-deprecated = <code>{ $model }</code> устарела, fal может её отключить
fal-model-price = <code>{ $model }</code>: { $now } вместо { $before } за единицу
fal-models-changed-tell = Новые цены начнут действовать после <code>darkroom models refresh</code>. Замену устаревшей модели задайте в настройках.
help-admin =
    <b>Для администраторов</b>
    /admin — расход, состояние, лимиты, люди, модели и пауза
