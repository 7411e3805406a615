money = ${ NUMBER($dollars, minimumFractionDigits: 2, maximumFractionDigits: 3) }
money-whole = ${ $dollars }
wait = { $hours ->
        [0] { $minutes } min
       *[other] { $hours } h { $minutes } min
    }
person-link = <a href="{ $link }">{ $name }</a>
ask-estimate = Cost: ≈ { $cost }

status-waiting-behind = { $position ->
        [0] ⏳ Waiting to be sent: yours is next.
        [one] ⏳ Waiting to be sent: { $position } job before yours.
       *[other] ⏳ Waiting to be sent: { $position } jobs before yours.
    }

refused-paused = ⏸ An administrator has paused the work: I take no new jobs for now. What has begun goes on. Please try later.
refused-paused-because =
    ⏸ An administrator has paused the work: I take no new jobs for now. What has begun goes on.

    <blockquote>{ $message }</blockquote>
refused-person_max_jobs = { $count ->
        [one] You have { $count } job under way, and no more than { $limit } at once are allowed:
       *[other] You have { $count } jobs under way, and no more than { $limit } at once are allowed:
    }
running-image = 🖼 <code>{ $id }</code> { $prompt }
running-video = 🎬 <code>{ $id }</code> { $prompt }
refused-until-one-ends = Once one of them has ended, send the description again. To cancel one: /cancel and its id.
refused-person_daily_budget = You have spent { $spent } of { $allowed } today, and this job costs about { $cost }. The count starts anew in { $wait }.
refused-team_daily_budget = The team has spent { $spent } of { $allowed } today, and this job costs about { $cost }. The count starts anew in { $wait }.
ask-somebody = Needed sooner? Ask for a larger budget:
ask-an-admin = Needed sooner? Ask your administrator for a larger budget.

button-again-paid-twice = 🔁 Again, maybe paid twice
