"""Caption and details of a result, and notes about its files. Pure."""

from collections.abc import Sequence

from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases
from infra.money import money
from infra.telegram.text_length import length
from worker.bot.options.labels import SEPARATOR, labels, ratio
from worker.bot.truncate import excerpt, one_line, shown_length
from worker.bot.views.wait_time import elapsed_text
from worker.model import CROP, File, Job

MAX_CAPTION = 1024
#: Longer prompts are folded, to keep the picture visible.
PROMPT_UNFOLDED = 240
#: Characters of the words that the model got.
LONGEST_SENT = 300
LONGEST_OPTIONS = 200
#: Begins the details below a caption; they have no empty line.
DETAILS = "\n\nℹ️ "
_MEGABYTE = 1_000_000


def result_caption(
    t: Phrases,
    job: Job,
    author: str | None = None,
    notes: Sequence[str] = (),
    *,
    short: bool = False,
) -> str:
    """Build HTML of at most 1024 characters after parsing; `author` is named if others read it too.

    `notes` are lines of HTML. A `short` caption has only them and the job's id.
    """
    lines = [*notes]
    # Results are missing if they were blocked, or not available within half an hour.
    count, ordered = len(job.files), int(job.request.options.get("count", 1))
    if 0 < count < ordered:
        lines.append(t("caption-fewer", count=count, ordered=ordered))
    if job.is_blind:
        lines.append(t("set-label", label=job.letter))
    if short or job.is_blind:
        lines.append(t("caption-id", id=job.id))
    else:
        if job.cancel_requested:
            lines.append(t("caption-too-late"))
        if author:
            lines.append(t("caption-author", name=excerpt(author, 64)))
        lines.append(" · ".join([*charged(t, job), time_taken(t, [job])]))
    facts = "\n".join(lines)
    if short:
        return facts
    room = 0 if job.is_blind else shown_length(details(t, job))
    return under_prompt(t, job.request.prompt.strip(), facts, room)


def charged(t: Phrases, job: Job) -> list[str]:
    """Return what the job cost, marked as an estimate until fal has billed it; a crop has its format instead."""
    if job.request.model == CROP:
        return [t("caption-crop", ratio=ratio(job.request.options.get("size", "")))]
    if not job.cost:
        return []
    cost = money(t, job.cost)
    return [cost if job.units is not None else t("caption-estimate", cost=cost)]


def time_taken(t: Phrases, jobs: Sequence[Job]) -> str:
    """Return the time from the order of these jobs until their results were ready, as HTML."""
    ended = max(job.stored_at or job.finished_at or job.updated_at for job in jobs)
    taken = ended - min(job.created_at for job in jobs)
    return t("caption-time", elapsed=elapsed_text(t, max(1, round(taken))))


def details(t: Phrases, job: Job) -> str:
    """Return as HTML what a caption leaves out: model, options, seed, id, and the words that the model got."""
    facts: list[str] = []
    if job.request.model != CROP:
        facts.append(t("caption-model", model=excerpt(model_title(job.request.model), 80)))
        # A model that does not name its seed has the user's own, if any.
        options = {n: v for n, v in job.request.options.items() if n != "seed" or not job.seed}
        if told := SEPARATOR.join(labels(t, options).values()):
            facts.append(t("job-detail", detail=excerpt(told, LONGEST_OPTIONS)))
        if job.seed:
            facts.append(t("caption-seed", seed=excerpt(job.seed, 40)))
    lines = [SEPARATOR.join([*facts, t("caption-id", id=job.id)])]
    if sent := sent_words(t, job):
        lines.append(sent)
    return DETAILS + "\n".join(lines)


def sent_words(t: Phrases, job: Job) -> str | None:
    """Return as HTML the words that the model got, if they are not the user's own."""
    if not job.was_translated:
        return None
    request = job.sent_request
    negative = job.translation and job.translation.negative_prompt
    told = [request.prompt, *([f"--no {negative}"] if negative else [])]
    return t("caption-sent", prompt=one_line(" ".join(told), LONGEST_SENT))


def under_prompt(t: Phrases, prompt: str, facts: str, room: int = 0) -> str:
    """Put the prompt above the facts (HTML), as much of it as fits a caption with `room` for something else."""
    if not prompt:
        return facts
    prompt = excerpt(prompt, MAX_CAPTION - shown_length(facts) - len("\n\n") - room)
    folded = length(prompt) > PROMPT_UNFOLDED
    quote = t("caption-prompt-folded" if folded else "caption-prompt", prompt=prompt)
    return f"{quote}\n\n{facts}"


def too_large_note(t: Phrases, file: File, url: str | None, *, for_admin: bool = False) -> str:
    """Say as HTML that a file is too large for Telegram and where it is, with its link if there is one."""
    megabytes = round(file.size / _MEGABYTE)
    if url:
        return t("caption-link", megabytes=megabytes, url=url)
    key = "caption-stored-admin" if for_admin else "caption-stored"
    return t(key, megabytes=megabytes, place=file.key)


def stored_note(t: Phrases, job: Job, number: int, url: str | None) -> str:
    """Say as HTML that a file of the job, counted from 0, is stored although Telegram refuses it in every form."""
    count = len(job.files)
    text = t("result-kept") if count == 1 else t("result-kept-of", number=number + 1, count=count)
    return f"{text}\n{t('result-link', url=url)}" if url else text
