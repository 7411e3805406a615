command-my = My images and videos
command-cancel = Cancel a job

wait-usual = Usually takes about { $usual }.
wait-elapsed = { $elapsed } so far.
wait-elapsed-of = { $elapsed } so far, usually about { $usual }.
wait-longer = { $elapsed } so far: longer than usual, I am still waiting.

button-fetch = ⬇️ Download again
fetch-already = It is being downloaded.
fetch-started = Downloading again
button-stop = ✖️ Cancel

cancelling = ✖️ Cancelling…
cancelling-at-fal = ✖️ Cancelling: I am asking the service to drop the job…
cancelling-in-doubt = ✖️ I will cancel it as soon as it is clear whether the request has reached the service.
cancelling-requested =
    ✖️ The service is working on it already: I have asked it to stop.
    Should it finish first, the result comes here and costs what it usually does.

cancelled-unsent = ✖️ Cancelled. Nothing was sent to the service and nothing was spent.
cancelled-removed = ✖️ Cancelled. The job was taken out of the queue and nothing was spent.
cancelled-stopped =
    ✖️ Cancelled. The service stopped in the middle of its work.
    It may charge for what it had done by then.
cancelled-unknown =
    ✖️ Cancelled. The service has not confirmed that it stopped.
    It may have done something already, and charge for it.

status-done-too-late =
    ✅ Done in { $elapsed }.
    It could not be cancelled: the service had finished before.

cancel-noted = Cancelling. The job’s message will say how it ended.
cancel-noted-id = ✖️ Cancelling job <code>{ $id }</code>. Its message will say how it ended.
cancel-already = It is being cancelled.
cancel-too-late = Too late to cancel: the service has finished, the result is about to come.
cancel-too-late-broken_result = Too late to cancel: the service has finished, and the result is paid for. The file came damaged; I download it again.
cancel-too-late-result_unreachable = Too late to cancel: the service has finished, and the result is paid for. It cannot be downloaded yet; I keep trying for { $left }.
cancel-too-late-result_unstored = Too late to cancel: the service has finished, and the result is paid for. It cannot be saved yet; I keep trying for { $left }.
cancel-done = Nothing to cancel: the result is ready.
cancel-ended = Nothing to cancel: the job has ended.
cancel-cancelled = This job is cancelled already.
cancel-none = Nothing is being made at the moment, so there is nothing to cancel. All your jobs are in /my.
cancel-not-yours = Only its author can cancel this job.
