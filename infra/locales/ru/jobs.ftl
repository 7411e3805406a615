job-image = <b>🖼 Изображение</b> · <code>{ $id }</code>
job-video = <b>🎬 Видео</b> · <code>{ $id }</code>
job-prompt = <blockquote>{ $prompt }</blockquote>
job-details = { $details }
job-without = без: { $things }

elapsed = { $minutes ->
        [0] { $seconds } с
       *[other] { $minutes } мин { $seconds } с
    }

status-created = ⏳ Задание принято.
status-preparing = ⬆️ Готовлю вашу картинку…
status-submitting = ⏳ Передаю в работу…
status-unconfirmed = ⏳ Связь прервалась на отправке. Жду подтверждения и не отправляю второй раз, чтобы не заплатить дважды.
status-queued = ⏳ В очереди.
status-queued-behind = { $position ->
        [0] ⏳ В очереди: вы следующие.
        [one] ⏳ В очереди: перед вами { $position } задание.
        [few] ⏳ В очереди: перед вами { $position } задания.
       *[other] ⏳ В очереди: перед вами { $position } заданий.
    }
status-running = ⚙️ В работе.
status-running-for = ⚙️ В работе уже { $elapsed }.
status-collecting = ⬇️ Готово, скачиваю.
status-delivering = 📤 Отправляю вам.
status-done = ✅ Готово за { $elapsed }.
status-cancelled = Отменено.
status-expired =
    ⌛ Время ожидания вышло, задание снято.
    Сервис сейчас перегружен. Попробуйте ещё раз немного позже.

failure-moderation =
    ❌ Сервис не пропустил описание: так решила его проверка содержания.
    Измените описание и попробуйте снова.
failure-bad_input =
    ❌ Сервис не понял запрос.
    Измените описание или настройки и попробуйте снова.
failure-bad_input-because =
    ❌ Сервис не принял запрос: <i>{ $detail }</i>
    Измените описание или настройки и попробуйте снова.
failure-too_large =
    ❌ Запрос слишком велик для этой модели.
    Сократите описание или выберите размер поменьше.
failure-provider_down =
    ❌ Сервис сейчас не отвечает. Это не из-за вас.
    Попробуйте ещё раз через несколько минут.
failure-too_slow =
    ❌ Сервис не уложился в отведённое время.
    Попробуйте ещё раз: обычно второй раз быстрее.
failure-balance =
    ❌ На счёте сервиса закончились деньги. Это не из-за вас.
    Скажите администратору; когда счёт пополнят, повторите.
failure-key =
    ❌ Сервис не принял ключ доступа. Это не из-за вас.
    Скажите администратору; когда ключ исправят, повторите.
failure-busy =
    ❌ У сервиса слишком много работы.
    Попробуйте ещё раз через несколько минут.
failure-broken_result =
    ❌ Сервис прислал повреждённый файл, отправлять его нет смысла.
    Попробуйте ещё раз.
failure-unconfirmed =
    ❌ Не удалось узнать, дошёл ли запрос до сервиса. Сам я его не повторяю, чтобы не заплатить дважды.
    Если результат нужен, запустите ещё раз.
failure-unknown =
    ❌ Не получилось, и сервис не объяснил почему.
    Попробуйте ещё раз. Если повторится, передайте администратору номер задания.

button-again = 🔁 Ещё раз
button-edit-prompt = ✏️ Изменить описание

status-unknown = Среди ваших заданий такого номера нет. Номер стоит в сообщении о задании; нажмите на него, чтобы скопировать.
status-none = У вас пока нет заданий. Нажмите «🖼 Изображение» или «🎬 Видео», чтобы начать.

caption-prompt = { $prompt }
caption-prompt-folded = <blockquote expandable>{ $prompt }</blockquote>
caption-footer = <i>{ $model }</i> · <code>{ $id }</code>
caption-footer-with-seed = <i>{ $model }</i> · seed <code>{ $seed }</code> · <code>{ $id }</code>
