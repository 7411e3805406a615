"""The card of a job: its progress and its end. Pure."""

from aiogram.types import InlineKeyboardMarkup

from infra.errors import FailureKind
from infra.fal.models.catalogue import MODELS
from infra.i18n import Phrases, Texts
from infra.money import money
from worker.bot.admin_alerts import ALARMING
from worker.bot.callback_data import Action, OnResult, Stop, TakeBack
from worker.bot.options.labels import SEPARATOR, labels
from worker.bot.spoken_message import SIGN
from worker.bot.truncate import one_line
from worker.bot.views.budget_text import overrun_text, restart_text
from worker.bot.views.card import Card
from worker.bot.views.input_limits import input_limits
from worker.bot.views.keyboards import button
from worker.bot.views.money_format import priced, repeated
from worker.bot.views.wait_time import (
    cancelled,
    cancelling,
    elapsed_text,
    problem_text,
    step_so_far,
    time_left,
    wait_so_far,
)
from worker.jobs.refetch import is_unfetched
from worker.limits.limits import Limit, Reason
from worker.model import (
    CANCELLABLE,
    UNPOSTED,
    WAITED_TOO_LONG,
    WAITING,
    Job,
    Kept,
    Options,
    Request,
    Status,
    Undelivered,
)

PROMPT_ON_CARD = 200
PROMPT_IN_LIST = 40
UNCONFIRMED = "unconfirmed"
FAILURES = frozenset(FailureKind) | {UNCONFIRMED, WAITED_TOO_LONG}
#: Failures that cause no alert and may still need an admin.
FOR_ADMINS = frozenset(
    {FailureKind.UNKNOWN, FailureKind.UNFETCHED_PICTURE, FailureKind.RESULT_UNSTORED}
)
# The same request would fail again.
_NEEDS_ANOTHER_PROMPT = frozenset(
    {
        FailureKind.MODERATION,
        FailureKind.NOTHING_MADE,
        FailureKind.BAD_INPUT,
        FailureKind.TOO_LARGE,
    }
)
_NEEDS_ANOTHER_PICTURE = frozenset(kind for kind in FailureKind if kind.blames_picture)
_AGAIN = {
    UNCONFIRMED: "button-again-paid-twice",
    FailureKind.PRICE_ROSE: "button-go-on",
}
_REPEATABLE = frozenset({Status.FAILED, Status.CANCELLED, Status.EXPIRED})

# Our own wait queue, and fal's.
_IN_LINE = {
    **dict.fromkeys(WAITING, "status-waiting-behind"),
    Status.QUEUED: "status-queued-behind",
}
_OUR_STEPS = frozenset(
    {
        *(Status.PREPARING, Status.PREPARED, Status.SUBMITTING, Status.COLLECTING),
        *(Status.COLLECTED, Status.DELIVERING),
    }
)
# Users see the wait before a step as a part of it.
_SAME_NEWS = {
    Status.PREPARED: Status.SUBMITTING,
    Status.COMPLETED: Status.COLLECTING,
    Status.COLLECTED: Status.DELIVERING,
}


_BEING_SENT = frozenset({Status.COLLECTED, Status.DELIVERING})
_UNDELIVERED = {
    Undelivered.UNCONFIRMED: "status-done-unconfirmed",
    Undelivered.REFUSED: "status-done-undelivered",
    Undelivered.UNREACHABLE: "status-done-undelivered",
}
#: The number of sends without an answer after which the card says so.
SENDS_IN_DOUBT = 2


def progress_card(texts: Texts, job: Job, now: float, advice: str = "") -> Card:
    """Build the message that follows a job; it is short once the result is sent, which has the details."""
    if job.status is not Status.DONE or job.undelivered or not job.sent_message_ids:
        card = status_card(texts, job, now, advice)
        is_undoable = job.request.undoable and job.status in UNPOSTED and not job.cancel_requested
        return _undoable(texts, job, card) if is_undoable else card
    t = texts.speaking(job.request.language)
    lines = [f"{status_text(t, job, now)} {t('caption-id', id=job.id)}"]
    if job.in_private:
        lines.append(t("status-done-moved"))
    return Card("\n".join(lines))


def _undoable(texts: Texts, job: Job, card: Card) -> Card:
    """Say what the bot makes of the user's words, and offer to take it back."""
    request = job.request
    t = texts.speaking(request.language)
    data = TakeBack(owner=request.user_id, job_id=job.id).pack()
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button(t.plain("button-undo"), data)]])
    said = t("job-chosen-edit" if request.pictures else f"job-chosen-{request.kind}")
    return Card(f"{card.text}\n{said}", keyboard)


def status_card(texts: Texts, job: Job, now: float, advice: str = "") -> Card:
    """Build the card with the order and its progress; `now` is in epoch seconds, `advice` is HTML: whom to ask."""
    if job.is_blind:
        job = job.model_copy(update={"usual": None})  # it would hint at the model
    request = job.request
    t = texts.speaking(request.language)
    lines = [t(f"job-{request.kind}", id=job.id)]
    if job.is_blind:
        lines.append(t("compare-letter", letter=job.letter))
    if not request.quoted:
        lines.append(prompt_line(t, request))
    # In a comparison, the model and what was adapted to it are hidden.
    told: Options = {} if job.is_blind else {"model": request.model, **request.options}
    # Those that the bot understood from the user's own line are emphasized.
    options = [
        t("job-told" if name in request.given_options else "job-detail", detail=text)
        for name, text in labels(t, told).items()
    ]
    if options:
        lines.append(SEPARATOR.join(options))
    if request.marks_itself:
        lines.append(t("job-repaints-transparent"))
    lines += ["", status_text(t, job, now, advice)]
    return Card("\n".join(lines), job_keyboard(t, job))


def prompt_line(t: Phrases, request: Request) -> str:
    """Return the prompt as HTML, marked if it was spoken."""
    prompt = one_line(request.prompt, PROMPT_ON_CARD)
    return t("job-prompt", prompt=f"{SIGN} {prompt}" if request.spoken else prompt)


def active_line(t: Phrases, job: Job) -> str:
    """Return an order that has not ended as a line of HTML in a list."""
    prompt = one_line(job.request.prompt, PROMPT_IN_LIST)
    return t(f"running-{job.request.kind}", id=job.id, prompt=prompt)


def status_text(t: Phrases, job: Job, now: float, advice: str = "") -> str:
    """Describe the progress or the end of a job as HTML."""
    match job.status:
        case status if job.cancel_requested and status in CANCELLABLE:
            return cancelling(t, job)
        case Status.QUEUED | Status.RUNNING:
            return "\n".join(filter(None, (_state(t, job, now), wait_so_far(t, job, now))))
        case Status.DONE:
            taken = (job.finished_at or job.updated_at) - job.created_at
            key = "status-done-too-late" if job.cancel_requested else "status-done"
            done = t(key, elapsed=elapsed_text(t, max(1, round(taken))))
            return "\n".join([done, t(_UNDELIVERED[job.undelivered])]) if job.undelivered else done
        case Status.CANCELLED:
            return t("compare-cancelled") if job.is_blind else cancelled(t, job)
        case Status.FAILED:
            return _failure(t, job, now, advice)
        case _:
            return _state(t, job, now)


def _state(t: Phrases, job: Job, now: float) -> str:
    """Describe the current step, with its elapsed time if it is ours, or what the job waits for."""
    if job.kept:
        return kept_text(t, job.kept)
    if job.status in _BEING_SENT and len(job.send_attempts) >= SENDS_IN_DOUBT:
        return t("status-delivering-unconfirmed")
    if job.status in _IN_LINE and job.position is not None:
        return t(_IN_LINE[job.status], position=job.position)
    if waiting := problem_text(t, job, now):
        return waiting
    status = _SAME_NEWS.get(job.status, job.status)
    text = t(f"status-{status}", left=time_left(t, job, now), input=job.request.input_kind)
    so_far = step_so_far(t, job, now) if job.status in _OUR_STEPS else None
    return f"{text}\n{so_far}" if so_far else text


def kept_text(t: Phrases, kept: Kept) -> str:
    """Say what a kept order waits for, and its price."""
    match Reason(kept.reason):
        case Reason.PAUSED:
            key = "status-kept-paused"
        case Reason.USER_MAX_JOBS | Reason.KEPT_ORDERS:
            key = "status-kept-jobs"
        case budget:
            key = "status-kept-month" if Limit(budget).is_monthly else "status-kept-day"
    return f"{t(key)}\n{t('status-kept-price', cost=money(t, kept.price))}"


def _failure(t: Phrases, job: Job, now: float, advice: str) -> str:
    kind = failure_of(job)
    if job.is_blind:
        # Details and prices would hint at the model.
        return t("compare-failed", why=failure_name(t, kind))
    if kind == FailureKind.BAD_INPUT and job.detail:
        return t("failure-bad_input-because", detail=one_line(job.detail, 200))
    limits = input_limits(MODELS.get(job.request.model))
    cost = money(t, repeated(job.request) or 0)
    happened = t(f"failure-{kind}", cost=cost, input=job.request.input_kind, **limits)
    if kind == FailureKind.OVER_BUDGET and (over := job.overrun):
        restart = restart_text(t, over.budget, job.created_at, now)
        spent = overrun_text(t, over.budget, over.spent, over.allowed)
        return f"{happened}\n{' '.join(filter(None, (spent, restart)))}"
    if kind in ALARMING:
        return f"{happened}\n{advice or t('failure-tell')}"
    return f"{happened}\n{advice or t(f'failure-{kind}-tell')}" if kind in FOR_ADMINS else happened


def failure_name(t: Phrases, kind: str) -> str:
    """Return a few words for a kind of failure; all failures of an input image share theirs."""
    shown = kind if kind in FAILURES else FailureKind.UNKNOWN
    return t.plain("failed-picture" if kind in _NEEDS_ANOTHER_PICTURE else f"failed-{shown}")


def failure_of(job: Job) -> str:
    """Return the kind of failure that users see."""
    return job.failure if job.failure in FAILURES else FailureKind.UNKNOWN


def job_keyboard(t: Phrases, job: Job) -> InlineKeyboardMarkup | None:
    """Offer to cancel an active job, or the next step after a failed one."""
    owner = job.request.user_id
    if job.status in CANCELLABLE and not job.cancel_requested:
        data = Stop(owner=owner, job_id=job.id).pack()
        stop = button(t.plain("button-stop"), data, "danger")
        return InlineKeyboardMarkup(inline_keyboard=[[stop]])
    if job.is_blind or job.status not in _REPEATABLE or job.failure in _NEEDS_ANOTHER_PICTURE:
        return None
    if job.failure in _NEEDS_ANOTHER_PROMPT and job.request.prompt:
        action, key = Action.EDIT_PROMPT, "result-edit"
    elif is_unfetched(job):
        action, key = Action.FETCH, "button-fetch"
    else:
        action, key = Action.AGAIN, _AGAIN.get(job.failure or "", "result-again")
    cost = repeated(job.request) if action is Action.AGAIN else None
    data = OnResult(owner=owner, job_id=job.id, action=action).pack()
    return InlineKeyboardMarkup(inline_keyboard=[[button(priced(t, t.plain(key), cost), data)]])
