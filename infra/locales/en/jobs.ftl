job-image = <b>🖼 Image</b> · <code>{ $id }</code>
job-video = <b>🎬 Video</b> · <code>{ $id }</code>
job-prompt = <blockquote>{ $prompt }</blockquote>
job-detail = { $detail }
job-told = <b>{ $detail }</b>
job-repaints-transparent = Only the transparent place is repainted, the rest stays as it is.
job-without = without: { $things }

elapsed = { $minutes ->
        [0] { $seconds } s
       *[other] { $seconds ->
            [0] { $minutes } min
           *[other] { $minutes } min { $seconds } s
        }
    }

status-created = ⏳ Your job is in.
status-preparing = ⬆️ Getting your { $input ->
        [video] video
       *[image] image
    } ready…
status-submitting = ⏳ Handing it over…
status-unconfirmed = ⏳ The connection broke while the request was sent. I wait for a confirmation for { $left } and do not send it a second time, so that it is not paid for twice.
status-queued = ⏳ In the queue.
status-queued-behind = { $position ->
        [0] ⏳ In the queue: you are next.
        [one] ⏳ In the queue: { $position } job before yours.
       *[other] ⏳ In the queue: { $position } jobs before yours.
    }
status-running = ⚙️ At work.
status-collecting = ⬇️ Ready, downloading.
status-delivering = 📤 Sending it to you.
status-delivering-unconfirmed = 📤 Telegram did not confirm that it took the result. If it is not above, get it in /my. I will try to send it again later.
status-done = ✅ Done in { $elapsed }.
status-done-undelivered = ⚠️ Telegram did not take the result. It is saved: get it in /my.
status-done-unconfirmed = ⚠️ Telegram did not confirm that it took the result. If it is not above, get it in /my.
status-done-moved = The result went to its author in private: it could not be sent here.
status-expired =
    ⌛ It took too long, so I have withdrawn the job.
    The service is overloaded at the moment. Please try again a little later.

problem-busy = ⏳ The service is busy and takes no new jobs now. I keep trying for { $left }.
problem-provider_down = ⏳ The service does not answer now; nothing was sent to it yet. I keep trying for { $left }.
problem-storage = ⏳ The storage is full or does not answer. I keep trying for { $left }.
problem-picture_gone = ⏳ Telegram does not give me your { $input ->
        [video] video
       *[image] image
    } yet. I keep trying for { $left }.
problem-result_unreachable = ⬇️ Ready at the service, but the result cannot be downloaded yet. I keep trying for { $left }.
problem-broken_result = ⬇️ Ready at the service, but the file comes damaged. I download it again.
problem-result_unstored = ⬇️ Ready at the service, but the result cannot be saved yet: the storage is full or does not answer. I keep trying for { $left }.

failure-moderation =
    ❌ The service’s content check did not let this description through.
    Please change it and try again.
failure-nothing_made =
    ❌ The model made nothing of this description.
    Please say more, or say it in other words, and try again.
failure-bad_input =
    ❌ The service did not understand the request.
    Please change the description or the settings and try again.
failure-bad_input-because =
    ❌ The service did not accept the request: <i>{ $detail }</i>
    Please change the description or the settings and try again.
failure-too_large =
    ❌ The request is too large for this model.
    Please shorten the description or choose a smaller size.
failure-provider_down =
    ❌ The service does not answer at the moment. It is not your fault.
    Please try again in a few minutes.
failure-too_slow =
    ❌ The service did not finish in time.
    Please try again: the second time is usually faster.
failure-balance = ❌ The service’s account has run out of money. It is not your fault.
failure-key = ❌ The service did not accept the access key. It is not your fault.
failure-tell = Please tell the administrator. Once it is fixed, tap “🔁 Again”.
failure-ask = Once it is fixed, tap “🔁 Again”. Who can help:
failure-balance-admin = Please top it up: <a href="https://fal.ai/dashboard/billing">fal.ai/dashboard/billing</a>. Then tap “🔁 Again”.
failure-key-admin = Please check <code>fal_api_key</code> in the settings and restart the bot. Then tap “🔁 Again”.
failure-busy =
    ❌ The service is too busy just now.
    Please try again in a few minutes.
failure-broken_result =
    ❌ The service sent a damaged file, which is not worth passing on.
    Please try again.
failure-result_unreachable =
    ❌ The service has finished, but its result could not be downloaded for half an hour. It is paid for.
    Tap “⬇️ Download again”: you will not pay for it twice.
failure-result_unstored =
    ❌ The result is ready and paid for, but it could not be saved: the storage is full or does not answer.
failure-result_unstored-tell = Please tell the administrator, then tap “⬇️ Download again”: you will not pay for it twice.
failure-result_unstored-admin = Free some space or check the access to the storage, then tap “⬇️ Download again”: you will not pay for it twice.
failure-storage = ❌ The storage is full or does not answer. Nothing was sent to the service and nothing was spent.
failure-storage-admin = Free some space or check the access to the storage. Then tap “🔁 Again”.
failure-over_budget =
    ❌ The image turned out larger than expected: the job costs { $cost }, and that is more than is left of the budget. Nothing was sent to the service and nothing was spent.
    Choose a smaller image or scale.
failure-price_rose =
    ❌ The { $input ->
        [video] video turned out larger or longer
       *[image] image turned out larger
    } than expected: the job costs { $cost }, more than you were shown. Nothing was sent to the service and nothing was spent.
    Tap the button to continue at this price.
failure-result_gone =
    ❌ The finished file was deleted from the storage before it could be sent.
    Start it again if you still need it; it is charged once more.
failure-waited_too_long =
    ❌ The job waited too long and has not started. Nothing was sent to the service and nothing was spent.
    If you still need the result, start it again.
failure-unconfirmed =
    ❌ There was no way to learn whether the request reached the service. I do not repeat it by myself, so that it is not paid for twice.
    If you need the result, start it again; both attempts may be charged.
failure-unknown =
    ❌ It did not work, and the service did not say why.
failure-unknown-tell = Please try again. If it happens again, give the job id to the administrator.
failure-unknown-admin = Please try again. If it happens again, look for the job id in the bot’s log: the details are there.

status-how-to-cancel = To cancel it: <code>/cancel { $id }</code>
status-unknown = None of your jobs has that id. The id stands in the job’s message; tap it to copy it.
status-damaged = The record of job <code>{ $id }</code> is damaged, so I cannot show it. Give this number to your admin.
status-damaged-admin = The record of job <code>{ $id }</code> is damaged, so I cannot show it. <code>darkroom dead-letters list</code> shows all such jobs.
status-none = You have no jobs yet. Tap “🖼 Image” or “🎬 Video” to begin.
