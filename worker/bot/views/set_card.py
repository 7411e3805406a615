"""Cards and caption of a set of jobs that one press has ordered. Pure."""

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardMarkup

from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases, Texts
from infra.money import money
from worker.bot.callback_data import SEPARATOR as CALLBACK_SEPARATOR
from worker.bot.callback_data import PickResult, StopAll
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.labels import SEPARATOR, labels, ratio
from worker.bot.truncate import excerpt
from worker.bot.views.card import Card
from worker.bot.views.job_card import (
    job_keyboard,
    kept_text,
    progress_card,
    prompt_line,
    status_text,
)
from worker.bot.views.keyboards import Row, button, in_rows, marked, unmarked
from worker.bot.views.result_caption import time_taken, under_prompt
from worker.bot.views.result_keyboard import ended_keyboard
from worker.bot.views.wait_time import elapsed_text, wait_so_far
from worker.model import AT_FAL, CANCELLABLE, TERMINAL, Job, Options, SetPurpose, Status

_IN_A_ROW = 4
_HAS_RESULT = frozenset({Status.COLLECTED, Status.DELIVERING, Status.DONE})
_BEING_SENT = frozenset({Status.COLLECTED, Status.DELIVERING})
_NOTHING_MADE = TERMINAL - {Status.DONE}


def job_or_set_card(
    texts: Texts, jobs: Sequence[Job], now: float, advice: Mapping[str, str]
) -> Card:
    """Build the message that follows a job or a set; `advice` is HTML by job id: whom to ask about its failure."""
    first = jobs[0]
    if len(jobs) == 1:
        return progress_card(texts, first, now, advice.get(first.id, ""))
    t = texts.speaking(first.request.language)
    if all(job.status in TERMINAL for job in jobs):
        return _end_card(t, jobs, now, advice)
    active = [job for job in jobs if job.status not in TERMINAL]
    ready = sum(job.status in _HAS_RESULT for job in jobs)
    if first.kept:
        return Card(
            "\n".join([*_head(t, jobs), "", kept_text(t, first.kept)]), _stop_keyboard(t, jobs)
        )
    if all(job.status in _BEING_SENT for job in active):
        news = [t("status-delivering")]
    else:
        slowest = [wait_so_far(t, _bare(job), now) for job in active if job.status in AT_FAL]
        news = [t("set-progress", ready=ready, count=len(jobs)), *filter(None, slowest[:1])]
    lines = [*_head(t, jobs), "", *news, "", *_places(t, jobs, now, advice)]
    return Card("\n".join(lines), _stop_keyboard(t, jobs))


def is_shown_by_result(jobs: Sequence[Job]) -> bool:
    """Return whether the messages of the result, in the same chat, show how all these jobs ended."""
    done = [job for job in jobs if job.status is Status.DONE]
    are_sent = all(
        job.sent_message_ids and not job.undelivered and not job.in_private for job in done
    )
    return bool(done) and are_sent and all(job.status in TERMINAL for job in jobs)


def set_caption(  # noqa: PLR0913 - what a caption tells
    t: Phrases,
    jobs: Sequence[Job],
    sender: Job,
    author: str | None,
    notes: Sequence[str],
    *,
    short: bool,
) -> str:
    """Build the HTML caption of the album: which places it has, and which are missing."""
    sent = [place_label(t, job) for job in jobs if job.files]
    missing = [place_label(t, job) for job in jobs if not job.files]
    is_comparison = purpose_of(sender) is SetPurpose.COMPARE
    key = "compare-sent" if is_comparison else "set-sent"
    lines = [*notes, t(key, labels=SEPARATOR.join(sent))]
    if missing:
        lines.append(t("set-missing", labels=SEPARATOR.join(missing)))
    if short:
        return "\n".join([*lines, t("caption-id", id=sender.id)])
    if author:
        lines.append(t("caption-author", name=excerpt(author, 64)))
    if sender.is_blind:
        footer = [t("caption-id", id=sender.id)]
        return under_prompt(t, sender.request.prompt.strip(), "\n".join([*lines, *footer]))
    lines.append(SEPARATOR.join(filter(None, [billed(t, jobs), time_taken(t, jobs)])))
    return under_prompt(t, sender.request.prompt.strip(), "\n".join(lines))


def set_card(
    t: Phrases,
    catalog: OptionCatalog,
    jobs: Sequence[Job],
    sender: Job,
    advice: Mapping[str, str],
) -> Card:
    """Build the message below the album: what each job cost, how those without a result ended, and the actions."""
    lines = [t(f"set-next-{purpose_of(sender)}"), ""]
    for job in jobs:
        facts = [t("set-label", label=place_label(t, job)), billed(t, [job]) or money(t, 0)]
        lines.append(SEPARATOR.join(facts))
        if not job.files:
            lines.append(status_text(t, job, job.updated_at, advice.get(job.id, "")))
    return Card("\n".join(lines), pick_keyboard(t, catalog, jobs, sender))


def pick_keyboard(
    t: Phrases, catalog: OptionCatalog, jobs: Sequence[Job], picked: Job
) -> InlineKeyboardMarkup:
    """Show the actions on one job, and buttons to pick another."""
    picks = [
        button(
            marked(
                place_label(t, job) if job.files else f"❌ {place_label(t, job)}",
                current=job.id == picked.id,
            ),
            PickResult(owner=job.request.user_id, job_id=job.id).pack(),
        )
        for job in jobs
    ]
    actions = ended_keyboard(t, catalog, picked).inline_keyboard
    return InlineKeyboardMarkup(inline_keyboard=[*actions, *in_rows(picks, _IN_A_ROW)])


def pick_again(shown: InlineKeyboardMarkup | None, picked: str) -> InlineKeyboardMarkup | None:
    """Mark the button with this callback data as the one that was picked last."""
    if shown is None:
        return None
    is_pick = f"{PickResult.__prefix__}{CALLBACK_SEPARATOR}"
    rows = [
        [
            key.model_copy(
                update={"text": marked(unmarked(key.text), current=key.callback_data == picked)}
            )
            if (key.callback_data or "").startswith(is_pick)
            else key
            for key in row
        ]
        for row in shown.inline_keyboard
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def place_label(t: Phrases, job: Job) -> str:
    """Return the name of a job among those of its set, in plain text."""
    if purpose_of(job) is SetPurpose.FORMATS:
        return ratio(job.request.options.get("size", ""))
    return t.plain("set-place", letter=job.letter)


def purpose_of(job: Job) -> SetPurpose:
    return job.request.job_set.purpose if job.request.job_set else SetPurpose.FORMATS


def _head(t: Phrases, jobs: Sequence[Job]) -> list[str]:
    request = jobs[0].request
    lines = [t(f"set-{purpose_of(jobs[0])}", count=len(jobs))]
    if not request.quoted:
        lines.append(prompt_line(t, request))
    shared: Options = {
        name: value
        for name, value in request.options.items()
        if all(job.request.options.get(name) == value for job in jobs)
    }
    if options := [t("job-detail", detail=text) for text in labels(t, shared).values()]:
        lines.append(SEPARATOR.join(options))
    return lines


def _places(t: Phrases, jobs: Sequence[Job], now: float, advice: Mapping[str, str]) -> list[str]:
    lines = []
    for job in jobs:
        if job.is_blind and job.status not in _NOTHING_MADE:
            continue  # which model is the fastest would be a hint
        if job.status is Status.COLLECTED:
            status = t("set-ready")
        else:
            status = status_text(t, job, now, advice.get(job.id, ""))
            status = status if job.status in _NOTHING_MADE else status.partition("\n")[0]
        label = t("set-label", label=place_label(t, job))
        if purpose_of(job) is SetPurpose.COMPARE and not job.is_blind:
            label = t("compare-row", letter=job.letter, model=model_title(job.request.model))
        cost = (
            [billed(t, [job]) or money(t, 0)]
            if job.status in _NOTHING_MADE and not job.is_blind
            else []
        )
        lines.append(" · ".join([label, *cost, status]))
    return lines


def _end_card(t: Phrases, jobs: Sequence[Job], now: float, advice: Mapping[str, str]) -> Card:
    """Be short once the results are sent: the message below them has the details."""
    done = [job for job in jobs if job.status is Status.DONE]
    since = min(job.created_at for job in jobs)
    taken = max(job.finished_at or job.updated_at for job in jobs) - since
    elapsed = elapsed_text(t, max(1, round(taken)))
    if done and all(job.sent_message_ids and not job.undelivered for job in done):
        lines = [t("set-done", ready=len(done), count=len(jobs), elapsed=elapsed)]
        if any(job.in_private for job in done):
            lines.append(t("status-done-moved"))
        return Card("\n".join(lines))
    rows = [row for job in jobs for row in _labelled_rows(t, job)]
    keyboard = InlineKeyboardMarkup(inline_keyboard=rows) if rows else None
    return Card("\n".join([*_head(t, jobs), "", *_places(t, jobs, now, advice)]), keyboard)


def _labelled_rows(t: Phrases, job: Job) -> list[Row]:
    """Return the buttons of a job that ended without a result, each with the job's place."""
    own, label = job_keyboard(t, job), place_label(t, job)
    return [
        [key.model_copy(update={"text": f"{label} {key.text}"}) for key in row]
        for row in (own.inline_keyboard if own else [])
    ]


def _stop_keyboard(t: Phrases, jobs: Sequence[Job]) -> InlineKeyboardMarkup | None:
    if not any(job.status in CANCELLABLE and not job.cancel_requested for job in jobs):
        return None
    stop = StopAll(owner=jobs[0].request.user_id, job_id=jobs[0].id)
    key = button(t.plain("button-stop-all"), stop.pack(), "danger")
    return InlineKeyboardMarkup(inline_keyboard=[[key]])


def _bare(job: Job) -> Job:
    """Hide how long the model of a comparison usually takes."""
    return job.model_copy(update={"usual": None}) if job.is_blind else job


def billed(t: Phrases, jobs: Sequence[Job]) -> str:
    """Return what the jobs cost, marked as an estimate unless fal has billed all of them; empty for nothing."""
    total = sum(job.cost or 0 for job in jobs)
    if not total:
        return ""
    cost = money(t, total)
    is_billed = all(job.units is not None or not job.cost for job in jobs)
    return cost if is_billed else t("caption-estimate", cost=cost)
