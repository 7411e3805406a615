money = ${ NUMBER($dollars, minimumFractionDigits: 2, maximumFractionDigits: 3) }
money-whole = ${ $dollars }
wait = { $hours ->
        [0] { $minutes } min
       *[other] { $minutes ->
            [0] { $hours } h
           *[other] { $hours } h { $minutes } min
        }
    }
priced = { $label } · { $cost }
user-link = <a href="{ $link }">{ $name }</a>
ask-estimate = Cost: ≈ { $cost }
ask-estimate-unknown = The price is unknown; the budget counts it as { $cost }

status-waiting-behind = { $position ->
        [0] ⏳ Waiting to be sent: yours is next.
        [one] ⏳ Waiting to be sent: { $position } job before yours.
       *[other] ⏳ Waiting to be sent: { $position } jobs before yours.
    }

refused-paused = ⏸ The administrator has paused the work: I take no new jobs for now. What has begun goes on. Please try later.
refused-paused-admin = ⏸ New jobs are paused. You can resume in /admin.
refused-paused-because =
    ⏸ The administrator has paused the work: I take no new jobs for now. What has begun goes on.

    <blockquote>{ $message }</blockquote>
refused-user_max_jobs = { $count ->
        [one] You have { $count } job under way, and the limit is { $limit } at once:
       *[other] You have { $count } jobs under way, and the limit is { $limit } at once:
    }
refused-set-max_jobs = The limit is { $limit } jobs at once. You have { $count } under way, and this is { $ordered } more. Choose fewer, or wait until those have ended.
refused-set-can-wait = The limit is { $limit } jobs at once. You have { $count } under way, and this is { $ordered } more:
refused-can-wait = I can queue this one: it starts by itself as soon as there is room.
refused-kept_orders = { $limit } orders are waiting already, and that is the limit. Cancel one: /status.
button-keep-queued = ⏳ Add to the queue
button-keep = ⏳ Repeat when possible
button-cancel-instead = ✖️ Cancel “{ $prompt }”
kept-noted = Kept: it starts by itself
kept-started = There is room now: starting
kept-gone = This order is too old. Please send the description again.
status-kept-jobs = ⏳ In the queue: starts by itself when one of your jobs ends.
status-kept-paused = ⏸ Waiting: starts by itself when the administrator resumes the work.
status-kept-day = ⏳ Waiting: starts by itself when the budget of the day starts over (midnight UTC).
status-kept-month = ⏳ Waiting: starts by itself when the budget of the month starts over (the 1st, UTC).
status-kept-price = It costs { $cost } now; I check the price again before it starts.
status-kept-orders = Kept and waiting:
running-image = 🖼 <code>{ $id }</code> { $prompt }
running-video = 🎬 <code>{ $id }</code> { $prompt }
refused-until-enough-end = Send the description again once { $count ->
        [1] it has ended
       *[other] { $ending ->
            [1] one of them has ended
           *[other] { $ending } of them have ended
        }
    }. To cancel a job: /cancel and its id.
over-user_daily_budget = You have spent { $spent } of { $allowed } today, { $left } is left.
over-user_monthly_budget = You have spent { $spent } of { $allowed } this month, { $left } is left.
over-guest_daily_budget = Guests may spend { $allowed } a day: you have spent { $spent } today, { $left } is left.
over-guest_monthly_budget = Guests may spend { $allowed } a month: you have spent { $spent } this month, { $left } is left.
over-team_daily_budget = The team has spent { $spent } of { $allowed } today, { $left } is left.
over-team_monthly_budget = The team has spent { $spent } of { $allowed } this month, { $left } is left.
refused-over-budget = This job costs about { $cost }.
budget-restarts = The budget starts over in { $wait }.
budget-restarts-days = The budget starts over in { $days } { $days ->
        [one] day
       *[other] days
    }.
raise-budget = Needed sooner? Raise the budget in /admin.
ask-somebody = Needed sooner? Ask for a larger budget:
ask-an-admin = Needed sooner? Ask the administrator for a larger budget.

button-go-on = ▶️ Continue
button-again-paid-twice = 🔁 Again (may be paid twice)

money-own = 💰 You have spent { $today } today, { $month } this month.
money-helper = Of this, the helper cost { $month } this month (translations, suggestions, voice).
money-team = 👥 The team has spent { $today } today, { $month } this month.
money-left-of = { $left } of { $allowed }
money-user_daily_budget = Left for today: { $left }
money-user_monthly_budget = Left for this month: { $left }
money-guest_daily_budget = Left of your guest budget today: { $left }
money-guest_monthly_budget = Left of your guest budget this month: { $left }
money-team_daily_budget = Left for the team today: { $left }
money-team_monthly_budget = Left for the team this month: { $left }
money-enough = With your settings, that is enough for { $images ->
        [one] { $images } image
       *[other] { $images } images
    }{ $videos ->
        [0] , but not for a video
        [one] {" "}or { $videos } video
       *[other] {" "}or { $videos } videos
    }.
