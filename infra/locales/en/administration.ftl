admin-in-private = Administration opens in our private chat.

button-admin-usage = 📊 Usage
button-admin-state = 🚦 State
button-admin-limits = ⚖️ Limits
button-admin-users = 👥 People
button-admin-models = 🧠 Models
button-admin-pause = ⏸ Pause
button-admin-resume = ▶️ Resume
button-admin-refresh = 🔄 Refresh
button-today = Today
button-week = 7 days
button-month = Month
button-days = By day

admin-paused = ⏸ <b>No new jobs are taken.</b>
admin-usage-today = <b>📊 Usage today</b> (days are UTC)
admin-usage-week = <b>📊 Usage over 7 days</b>
admin-usage-month = <b>📊 Usage this month</b> (UTC)
admin-usage-days = <b>📊 Usage by day</b>, the last { $days } (UTC)
admin-total = In all: { $usage }
admin-total-of = In all: { $usage }; the team’s budget is { $budget }
usage = { $jobs ->
        [one] { $jobs } job, { $spent }
       *[other] { $jobs } jobs, { $spent }
    }
admin-by-user = <b>People</b>
admin-helper = • Helper — { $count ->
        [one] { $count } call, { $spent }
       *[other] { $count } calls, { $spent }
    }
admin-by-model = <b>Models</b>
admin-row = • { $name } — { $usage }
admin-more = … and { $count } more
admin-no-usage = Nobody has made anything yet.

button-bills = 🧾 fal’s bills
admin-bills = <b>🧾 Comparison with fal’s bills</b> (days in UTC)
admin-bills-none = Nothing has been compared yet. It needs <code>fal_admin_key</code>, a key of fal’s with the scope ADMIN, and runs every night.
admin-bills-agree = ✅ { $day }: { $billed }, everything agrees
admin-bills-differ = ⚠️ { $day }: counted { $counted }, fal billed { $billed }; differences: { $count }
admin-bills-of = <b>{ $day }</b>
admin-bill = • <code>{ $id }</code> { $model } — counted { $counted }, billed { $billed }
reconciliation-differs = ⚠️ The comparison with fal’s bills of { $day } found differences.
reconciliation-unknown = Billed without a job: { $count }, { $dollars }. Another program may use the same account.
reconciliation-other_sum = Another sum: { $count }, fal billed { $dollars } more.
reconciliation-other_sum_less = Another sum: { $count }, fal billed { $dollars } less.
reconciliation-unbilled = Counted without a bill: { $count }, { $dollars }.
reconciliation-where = Details: /admin → Usage → fal’s bills. No sums were changed.
reconciliation-refused =
    ⚠️ The comparison with fal’s bills does not work: <code>fal_admin_key</code> has not the scope ADMIN, or fal does not accept it.
    Create a key with the scope ADMIN at <a href="https://fal.ai/dashboard/keys">fal.ai/dashboard/keys</a> and restart the bot.

admin-state = <b>🚦 State</b>
admin-slots = At the service: { $held } of { $slots }; waiting for their turn: { $waiting }
admin-slots-unlimited = At the service: { $held }, without a limit
admin-queue-image = 🖼 Active: { $count }
admin-queue-video = 🎬 Active: { $count }
admin-queue-image-oldest = 🖼 Active: { $count }, the oldest for { $age }
admin-queue-video-oldest = 🎬 Active: { $count }, the oldest for { $age }
admin-failures = Failures today: { $failures }
admin-no-failures = No failures today.
admin-failure = { $name } — { $count }
failed-moderation = content check
failed-nothing_made = nothing was made
failed-bad_input = bad request
failed-too_large = request too large
failed-key = key refused
failed-balance = no money left
failed-busy = service busy
failed-too_slow = too slow
failed-provider_down = service down
failed-broken_result = damaged file
failed-result_unreachable = not downloaded
failed-result_unstored = not saved
failed-storage = storage down
failed-over_budget = over the budget
failed-price_rose = dearer than shown
failed-result_gone = deleted before it was sent
failed-waited_too_long = waited too long
failed-unconfirmed = unconfirmed
failed-picture = image not usable
failed-unfetched_picture = image not fetched
failed-unknown = reason unknown
admin-webhooks-arrive = The service’s webhooks: arriving
admin-webhooks-silent = The service’s webhooks: none within the last hour
admin-workers = Processes: { $workers }
worker-updates = messages
worker-img_queue = images
worker-vid_queue = videos
admin-dead-letters = ⚠️ Set aside after faults: { $count }. To see them: <code>darkroom dead-letters list</code>

admin-limits = <b>⚖️ Limits</b>. Tap one to change it.
limit-user_max_jobs = A person’s jobs at once
limit-user_daily_budget = A person’s budget for a day
limit-user_monthly_budget = A person’s budget for a month
limit-guest_daily_budget = A guest’s budget for a day
limit-guest_monthly_budget = A guest’s budget for a month
limit-team_daily_budget = The team’s budget for a day
limit-team_monthly_budget = The team’s budget for a month
limit-fal_slots = The service’s jobs at once
limit-row = { $name }: { $value }
limit-none = no limit
admin-limit =
    <b>{ $name }</b>
    Now: { $value }

    Choose one or send a number; 0 is no limit.
admin-limit-wrong = Please send a number from 0 to { $limit }, such as { $example }.
button-back-to-limits = ← Limits

admin-users = <b>👥 People</b>
admin-users-open = The list in the settings is empty, so everybody may use the bot at the moment.
admin-users-hint = Tap a name to give or take access and to choose a role. To add somebody, send their id.
admin-users-wrong = An id is one number; the bot tells a stranger theirs.
button-user = { $mark } { $name }
admin-user =
    <b>{ $name }</b>{ $username }
    Id: <code>{ $id }</code>
access-is-admin = ⭐ Administrator: the settings say so (<code>tg_admin_user_ids</code>).
access-is-settled = ✅ Allowed by the settings (<code>tg_allowed_user_ids</code>). It can be taken back only there.
access-is-added = ✅ Allowed by an administrator.
access-is-open = ✅ The bot is open to everybody now: the list in the settings is empty.
access-is-closed = 🚫 Not allowed.
role-member = Role: member. The budget of a person applies.
role-guest = Role: guest. The budget of a guest applies as well.
button-make-guest = 👤 Make a guest
button-make-member = Make a member
role-set-guest = Now a guest
role-set-member = Now a member
button-forbid = 🚫 Take access back
button-back-to-users = ← People
user-still-allowed = The settings give access: take the id out of tg_allowed_user_ids and restart the bot.
user-forbidden = Access taken back
user-allowed = Access given

admin-models =
    <b>🧠 Models</b>
    Which models users can choose, in which order, and who. Changes take effect at once.
admin-models-of =
    <b>🧠 Models: { $work }</b>
    The first one is the default. Prices are for a usual order.
admin-models-row = { $number }. { $facts }
admin-model =
    <b>{ $title }</b>
    <code>{ $endpoint }</code>
    { $facts }
admin-models-add =
    <b>🧠 Models: { $work }</b>
    Which model do you want to add? Prices are for a usual order.
admin-models-add-none = Every model of the catalogue for { $work } is in the list. <code>darkroom models add</code> adds a new one.
model-not-in-catalogue = ⚠️ not in the catalogue
button-models-add = ➕ Add a model
button-models-reset = ↩️ As in the settings
button-model-up = ⬆️ Up
button-model-down = ⬇️ Down
button-model-role = For: { $role }
button-model-drop = Remove from the list
offered-to-guest = everyone
offered-to-member = everyone but guests
offered-to-admin = admins only
models-changed = Done
models-full = The list has { $limit } models. Please remove one first.
models-last = At least one model must be available to everyone. Please add or open another one first.

admin-pause =
    <b>⏸ Pause</b>
    New jobs will not be taken; what has begun goes on.

    Write what to tell people who ask, or pause without a word.
button-pause-silently = Without a word
pause-begun = Paused
pause-over = Resumed
limit-set = Changed

alarm-key =
    ⚠️ The service refuses the key, and no job gets done.
    Please check <code>fal_api_key</code> in the settings and restart the bot.
alarm-storage =
    ⚠️ The storage is full or does not answer. Finished results wait for it for up to half an hour.
    <code>darkroom doctor</code> says what is wrong.
alarm-balance =
    ⚠️ The service’s account has run out of money, and no job gets done.
    Please top it up: <a href="https://fal.ai/dashboard/billing">fal.ai/dashboard/billing</a>. Until then you can pause new jobs in /admin.
fal-models-changed = ⚠️ fal’s models have changed:
fal-model-gone = <code>{ $model }</code> is gone
fal-model-deprecated = <code>{ $model }</code> is deprecated: fal may stop it
fal-model-price = <code>{ $model }</code>: { $now } a unit, was { $before }
fal-models-changed-tell = New prices take effect after <code>darkroom models refresh</code>. Please choose a successor of a deprecated model in the settings.
help-admin =
    <b>For administrators</b>
    /admin — usage, state, limits, people, models, pause
