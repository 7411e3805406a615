page-token = The API’s token
page-token-where = It stands in .env as api_token.
page-here-only = Without api_token in .env this page opens on the service’s own machine only.
page-log-in = Open
page-log-out = Log out
page-wrong-token = That is not the token.
page-wait = Too many wrong tokens. Try again in a minute.
page-away = No connection. I keep trying.

page-state = State
page-paused = No new jobs are taken.
page-money = Spent today (UTC)
page-of-budget = of { $budget }
page-jobs-today = { $count ->
        [one] { $count } job
       *[other] { $count } jobs
    }
page-week = 7 days: { $spent }, { $count ->
        [one] { $count } job
       *[other] { $count } jobs
    }
page-at-fal = At fal
page-of-slots = of { $slots }
page-in-line = In line: { $count }
page-webhooks-arrive = Webhooks arrive
page-webhooks-silent = No webhooks within the last hour
page-queues = Workers
page-no-worker = nobody
page-waiting-chats = Chats that wait: { $count }
page-active-image = Images: { $count }, the oldest { $age }
page-active-video = Videos: { $count }, the oldest { $age }
page-failures = Failures today
page-no-failures = None
page-dead-letters = Set aside after faults: { $count }
page-retry = Try again
page-jobs = Jobs
page-show-all = All
page-show-active = Active
page-show-done = Done
page-show-failed = Failed
page-no-jobs = No jobs here.
page-no-words = No description
page-cancel = Cancel
page-cancelling = Being cancelled
page-newest = ← Newest
page-older = Older →
page-seconds = { $count } s
page-minutes = { $count } min
page-hours = { $count } h
page-days = { $count } d

page-status-kept = kept
page-status-created = Accepted
page-status-preparing = Preparing
page-status-prepared = Prepared
page-status-submitting = Being sent
page-status-unconfirmed = Unconfirmed
page-status-queued = In fal’s queue
page-status-running = Running
page-status-completed = Ready at fal
page-status-collecting = Downloading
page-status-collected = Downloaded
page-status-delivering = Being delivered
page-status-done = Done
page-status-failed = Failed
page-status-cancelled = Cancelled
page-status-expired = Timed out

page-ranking = Model ranking
page-ranking-empty = No votes yet. Users compare models in the chat with “🆚 Compare models”.
page-ranking-how = The share of wins in the pairs that the team compared blind; a tie is half of a win. The score is wins, losses and ties. Models with less than { $duels } votes come last.
page-ranking-model = Model
page-ranking-share = Share of wins
page-ranking-score = Score
page-ranking-pair = { $model }: { $won }–{ $lost }–{ $tied }
page-back = ← Jobs

page-spending = Spending
page-spending-csv = Download CSV
page-spending-this-month = this month (UTC)
page-spending-recent = The last 30 days: { $spent }
page-spending-by-user = By person
page-spending-by-model = By model
page-spending-by-day = By day
page-spending-user = Person
page-spending-model = Model
page-spending-day = Day (UTC)
page-spending-month = This month
page-spending-days = 30 days
page-spending-spent = Spent
page-spending-number = Jobs
page-spending-jobs = { $count } { $count ->
        [one] job
       *[other] jobs
    }
page-spending-none = Nothing has been spent yet.
page-spending-helper = Helper (translations and suggestions)
page-spending-calls = { $count ->
        [one] { $count } call
       *[other] { $count } calls
    }
page-spending-more = … and { $count } more

page-bills = fal’s bills
page-bills-none = Nothing has been compared yet. It needs fal_admin_key.
page-bills-counted = Counted
page-bills-billed = fal’s bill
page-bills-differences = { $count } { $count ->
        [one] difference
       *[other] differences
    }
page-bills-discount = discount { $dollars }
page-bills-unknown = No job
page-bills-other_sum = Another sum
page-bills-unbilled = No bill
page-bills-what = Job or request
page-bills-of = Differences of { $day }
