"""Caption and buttons of a result. Pure."""

import math
from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.dates import date_text
from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from infra.i18n import Phrases
from infra.money import money
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.callback_data import Action, OnResult, is_on_result, leads_to_tip
from worker.bot.options.catalog import OptionCatalog, can_grow
from worker.bot.options.labels import SEPARATOR, labels, model_title, ratio
from worker.bot.truncate import excerpt, length, one_line, shown_length
from worker.bot.views.card import Card
from worker.bot.views.inline_results import is_shareable, share_button
from worker.bot.views.job_card import job_keyboard
from worker.bot.views.keyboards import Row, Style, button, copy_button, in_rows, marked
from worker.bot.views.money_format import price, priced, repeated
from worker.bot.views.wait_time import elapsed_text
from worker.jobs.fal_copies import FalCopies
from worker.limits.ledger import day
from worker.model import CROP, File, Job, Kind
from worker.prompt_helper.text_check import asks_for_text

MAX_CAPTION = 1024
#: Longer prompts are folded, to keep the picture visible.
PROMPT_UNFOLDED = 240
#: Characters of the words that the model got.
LONGEST_SENT = 300
LONGEST_OPTIONS = 200
#: Begins the details below a caption; they have no empty line.
DETAILS = "\n\nℹ️ "
#: Works that start from a picture and are rarely wanted, in the order of their buttons.
RARE_WORKS = (*(Action.BACKGROUND_REMOVAL, Action.OUTPAINT, Action.ERASE, Action.FIRST_LAST_FRAME),)
WORKS_OF_PICTURE = frozenset({Action.ANIMATE, Action.IMAGE_EDIT, *RARE_WORKS})
WORKS_OF_VIDEO = frozenset({Action.EXTEND_VIDEO, Action.VIDEO_UPSCALE})
WITH_ONE_PICTURE = WORKS_OF_PICTURE | {
    *(Action.VARY, Action.UPSCALE, Action.FORMATS),
    *(Action.EDIT_WITH_FIRST, Action.DESCRIBE, Action.CHECK_TEXT),
}
#: Actions on a result of a comparison before its models are revealed.
WHILE_BLIND = frozenset({Action.REVEAL, Action.ASK_DELETE, Action.DELETE, Action.BACK})
_IN_A_ROW = 2
_PICTURES_IN_A_ROW = 5
_SMALLEST_SCALE = 2
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
        lines.append(" · ".join([*_cost(t, job), time_taken(t, [job])]))
    facts = "\n".join(lines)
    if short:
        return facts
    room = 0 if job.is_blind else shown_length(details(t, job))
    return under_prompt(t, job.request.prompt.strip(), facts, room)


def _cost(t: Phrases, job: Job) -> list[str]:
    if job.request.model == CROP:
        return [t("caption-crop", ratio=ratio(job.request.options.get("size", "")))]
    if not job.cost:
        return []
    cost = money(t, job.cost)
    return [cost if job.units is not None else t("caption-estimate", cost=cost)]


def time_taken(t: Phrases, jobs: Sequence[Job]) -> str:
    """Return the time from the order of these jobs until their results were ready, as HTML."""
    ended = max(job.finished_at or job.updated_at for job in jobs)
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


def result_keyboard(
    t: Phrases,
    catalog: OptionCatalog,
    job: Job,
    picture: int | None = None,
    *,
    detailed: bool = False,
) -> InlineKeyboardMarkup:
    """Show the possible actions on the results of a job, or on the one picture that is visible.

    `detailed` says that the message shows the details. An action that spends at once shows its price.
    """
    if job.is_blind:
        blind = (Action.REVEAL, Action.ASK_DELETE)
        rows = [[_button(t.plain(f"result-{action}"), job, action)] for action in blind]
        return InlineKeyboardMarkup(inline_keyboard=rows)
    row = MODELS.get(job.request.model)
    is_picture = job.request.kind is Kind.IMAGE
    # In the order of the buttons.
    possible = {
        Action.AGAIN: job.request.model != CROP,
        Action.VARY: is_picture,
        Action.EDIT_PROMPT: row is not None and row.takes_prompt,
        Action.ANIMATE: is_picture,
        Action.UPSCALE: is_picture and any(map(_is_enlargeable, job.files)),
        Action.EXTEND_VIDEO: not is_picture,
        Action.VIDEO_UPSCALE: not is_picture,
        Action.DETAILS: not detailed,
        Action.HIDE_DETAILS: detailed,
        Action.TREE: detailed,
        Action.FAVOUR: not job.favourite,
        Action.DISFAVOUR: job.favourite,
        Action.MORE: True,
    }
    context = {
        Action.PREVIOUS: bool(job.request.line),
        Action.AS_WRITTEN: job.was_translated,
    }
    rows = [
        *_picture_rows(job, picture),
        *_rows(t, catalog, job, picture, context),
        *_rows(t, catalog, job, picture, possible),
        *(_copy_rows(t, job) if detailed else []),
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _copy_rows(t: Phrases, job: Job) -> list[Row]:
    copied = {
        "copy-prompt": job.request.prompt,
        "copy-seed": job.seed or "",
        "copy-id": job.id,
    }
    return [[key for name, text in copied.items() for key in copy_button(t.plain(name), text)]]


def more_keyboard(
    t: Phrases,
    catalog: OptionCatalog,
    job: Job,
    picture: int | None = None,
    *,
    can_share: bool = False,
) -> InlineKeyboardMarkup:
    """Show the actions that are rarely wanted, and the way back to the others.

    `can_share`: the bot answers inline queries, so that Telegram accepts the button that starts one.
    """
    is_picture = job.request.kind is Kind.IMAGE
    row, helps = MODELS.get(job.request.model), catalog.has_helper
    has_words = row is not None and row.takes_prompt and bool(job.request.prompt.strip())
    # In the order of the buttons.
    possible = {
        Action.NEW_SEED: "seed" in job.request.options,
        Action.FORMATS: is_picture,
        **dict.fromkeys(RARE_WORKS, is_picture),
        Action.IMPROVE: helps and has_words,
        Action.DESCRIBE: helps and is_picture,
        Action.CHECK_TEXT: helps and is_picture and asks_for_text(job.request.prompt),
        Action.ORIGINAL: any(shape_of(file) is Shape.PHOTO for file in job.files),
        Action.EDIT_WITH_FIRST: is_picture and bool(job.request.line or job.request.pictures),
        Action.TREE: True,
        Action.ASK_DELETE: True,
    }
    back = _button(t.plain("button-back"), job, Action.BACK, picture)
    rows = _rows(t, catalog, job, picture, possible)
    share = [share_button(t, job, picture)] if can_share and is_shareable(job) else []
    return InlineKeyboardMarkup(inline_keyboard=[*rows, [*share, back]])


def retry_keyboard(t: Phrases, catalog: OptionCatalog, job: Job) -> InlineKeyboardMarkup:
    """Offer to make a result that the user does not like again, in another way."""
    row, has_seed = MODELS.get(job.request.model), "seed" in job.request.options
    # In the order of the buttons.
    possible = {
        Action.NEW_SEED: has_seed,
        Action.AGAIN: not has_seed and job.request.model != CROP,
        Action.EDIT_PROMPT: row is not None and row.takes_prompt,
        Action.IMAGE_EDIT: job.request.kind is Kind.IMAGE,
    }
    return InlineKeyboardMarkup(inline_keyboard=_rows(t, catalog, job, None, possible))


def ended_keyboard(
    t: Phrases,
    catalog: OptionCatalog,
    job: Job,
    picture: int | None = None,
    *,
    detailed: bool = False,
) -> InlineKeyboardMarkup:
    """Show the actions on any ended job; one without a result can be deleted with its source pictures."""
    if job.files:
        return result_keyboard(t, catalog, job, picture, detailed=detailed)
    own = job_keyboard(t, job)
    delete = _button(t.plain("result-ask"), job, Action.ASK_DELETE)
    return InlineKeyboardMarkup(inline_keyboard=[*(own.inline_keyboard if own else []), [delete]])


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


def album_card(t: Phrases, catalog: OptionCatalog, job: Job) -> Card:
    """Build the message below an album, because an album cannot have buttons."""
    return Card(t("results-next"), result_keyboard(t, catalog, job))


def ask_picture_keyboard(
    t: Phrases, catalog: OptionCatalog, job: Job, action: Action
) -> InlineKeyboardMarkup:
    """Ask for one picture of an album."""
    numbers = [
        _priced_button(t, catalog, str(index + 1), job, action, index)
        for index, file in enumerate(job.files)
        if action is not Action.UPSCALE or _is_enlargeable(file)
    ]
    back = _button(t.plain("button-back"), job, Action.BACK)
    return InlineKeyboardMarkup(inline_keyboard=[*in_rows(numbers, _IN_A_ROW), [back]])


def scales(catalog: OptionCatalog, file: File) -> list[int]:
    """Return the factors by which a picture can be enlarged."""
    offered = catalog.choices(Work.UPSCALE, {}, pixels=file.width * file.height)
    return [int(scale) for scale in offered.get("scale", ())]


def ask_scale_keyboard(
    t: Phrases, catalog: OptionCatalog, job: Job, picture: int
) -> InlineKeyboardMarkup:
    """Ask for the factor to enlarge by."""
    buttons = [
        _priced_button(
            t,
            catalog,
            t.plain("result-scale", times=scale),
            job,
            Action.UPSCALE,
            picture,
            scale,
        )
        for scale in scales(catalog, job.files[picture])
    ]
    back = _button(t.plain("button-back"), job, Action.BACK, picture)
    return InlineKeyboardMarkup(inline_keyboard=[buttons, [back]])


def ask_deletion_text(t: Phrases, copies: FalCopies) -> str:
    """Ask, and say as HTML what remains at fal and until when."""
    lines = [t("ask-delete")]
    if copies.files == math.inf:
        lines.append(t("fal-keeps-files-forever"))
    elif copies.files:
        lines.append(t("fal-keeps-files", date=date_text(t, day(copies.files), year=True)))
    if copies.request:
        lines.append(t("fal-keeps-request", date=date_text(t, day(copies.request), year=True)))
    return "\n".join(lines)


def ask_deletion_keyboard(t: Phrases, job: Job, picture: int | None = None) -> InlineKeyboardMarkup:
    """Ask to confirm a deletion."""
    delete = _button(t.plain("result-delete"), job, Action.DELETE)
    keep = _button(t.plain("result-keep"), job, Action.BACK, picture)
    return InlineKeyboardMarkup(inline_keyboard=[[delete], [keep]])


def beside(
    current: InlineKeyboardMarkup | None, keyboard: InlineKeyboardMarkup | None
) -> InlineKeyboardMarkup:
    """Replace the buttons of the result; keep the other buttons of the message."""
    rows = current.inline_keyboard if current else []
    is_ours = [
        any(key.copy_text or is_on_result(key.callback_data or "") for key in row) for row in rows
    ]
    first = is_ours.index(True) if True in is_ours else 0
    others = [row for row, ours in zip(rows[first:], is_ours[first:], strict=True) if not ours]
    own = keyboard.inline_keyboard if keyboard else []
    forward = step_button(current) if True in is_ours else None
    return InlineKeyboardMarkup(
        inline_keyboard=[*rows[:first], *(with_forward(own, forward) if forward else own), *others]
    )


def step_button(keyboard: InlineKeyboardMarkup | None) -> InlineKeyboardButton | None:
    """Return the button that leads towards the job that the message showed first, if it shows another one."""
    rows = keyboard.inline_keyboard if keyboard else []
    buttons = [key for row in rows for key in row if key.callback_data]
    return next((key for key in buttons if leads_to_tip(key.callback_data or "")), None)


def with_forward(rows: Sequence[Row], forward: InlineKeyboardButton) -> list[Row]:
    """Put the button beside the one that leads back; without one, before all."""
    found = [n for n, row in enumerate(rows) if any(_is_previous(key) for key in row)]
    if not found:
        return [[forward], *rows]
    return [[*row, forward] if n == found[0] else row for n, row in enumerate(rows)]


def _is_previous(key: InlineKeyboardButton) -> bool:
    data = key.callback_data or ""
    return is_on_result(data) and OnResult.unpack(data).action is Action.PREVIOUS


def price_of(catalog: OptionCatalog, job: Job, button: OnResult) -> float | None:
    """Return what a press spends, in dollars; None if it is free or leads to a question first."""
    match button.action:
        case Action.AGAIN | Action.NEW_SEED | Action.AS_WRITTEN:
            return repeated(job.repeatable, catalog.unknown_price)
        case Action.VARY if len(job.files) == 1 or button.picture is not None:
            model, options = catalog.variation
        case Action.UPSCALE if button.scale:
            model, options = catalog.model(Work.UPSCALE, {}), {"scale": button.scale}
        case _:
            return None
    files = job.files[button.picture or 0 :][:1]
    pictures = [file.as_start for file in files]
    return price(model, options, pictures, unknown=catalog.unknown_price)


def _is_enlargeable(file: File) -> bool:
    return can_grow(file.width * file.height, _SMALLEST_SCALE)


def _picture_rows(job: Job, current: int | None) -> list[Row]:
    """Open one picture of an album, for the actions below."""
    if len(job.files) == 1:
        return []
    numbers = [
        _button(marked(str(index + 1), current=index == current), job, Action.OPEN, index)
        for index in range(len(job.files))
    ]
    return in_rows(numbers, _PICTURES_IN_A_ROW)


def _rows(
    t: Phrases,
    catalog: OptionCatalog,
    job: Job,
    picture: int | None,
    possible: Mapping[Action, bool],
) -> list[Row]:
    buttons = [
        _priced_button(t, catalog, _label(t, action), job, action, picture)
        for action, is_possible in possible.items()
        if is_possible
    ]
    return in_rows(buttons, _IN_A_ROW)


def _label(t: Phrases, action: Action) -> str:
    return t.plain(
        f"work-{action}" if action in {*RARE_WORKS, Action.IMAGE_EDIT} else f"result-{action}"
    )


def _button(
    text: str, job: Job, action: Action, picture: int | None = None
) -> InlineKeyboardButton:
    owner = job.request.user_id
    data = OnResult(owner=owner, job_id=job.id, action=action, picture=picture)
    return button(text, data.pack(), _style(action))


def _priced_button(  # noqa: PLR0913, PLR0917 - the parts of a button
    t: Phrases,
    catalog: OptionCatalog,
    label: str,
    job: Job,
    action: Action,
    picture: int | None = None,
    scale: int | None = None,
) -> InlineKeyboardButton:
    owner = job.request.user_id
    data = OnResult(owner=owner, job_id=job.id, action=action, picture=picture, scale=scale)
    label = priced(t, label, price_of(catalog, job, data))
    return button(label, data.pack(), _style(action))


def _style(action: Action) -> Style | None:
    return "danger" if action in {Action.ASK_DELETE, Action.DELETE} else None
