"""Keyboards of a result: what can be done with it. Pure."""

from aiogram.types import InlineKeyboardMarkup

from infra.fal.models.catalogue import MODELS
from infra.i18n import Phrases
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.callback_data import Action
from worker.bot.options.catalog import OptionCatalog
from worker.bot.views.card import Card
from worker.bot.views.inline_results import is_shareable, share_button
from worker.bot.views.job_card import job_keyboard
from worker.bot.views.keyboards import copy_button, in_rows
from worker.bot.views.result_buttons import (
    RARE_WORKS,
    action_rows,
    is_enlargeable,
    picture_rows,
    result_button,
)
from worker.model import CROP, Job, Kind
from worker.prompt_helper.text_check import asks_for_text


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
        rows = [[result_button(t.plain(f"result-{action}"), job, action)] for action in blind]
        return InlineKeyboardMarkup(inline_keyboard=rows)
    row = MODELS.get(job.request.model)
    is_picture = job.request.kind is Kind.IMAGE
    # In the order of the buttons.
    possible = {
        Action.AGAIN: job.request.model != CROP,
        Action.VARY: is_picture,
        Action.EDIT_PROMPT: row is not None and row.takes_prompt,
        Action.ANIMATE: is_picture,
        Action.UPSCALE: is_picture and any(map(is_enlargeable, job.files)),
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
        *picture_rows(job, picture),
        *action_rows(t, catalog, job, picture, context),
        *action_rows(t, catalog, job, picture, possible),
    ]
    if detailed:
        copied = [("prompt", job.request.prompt), ("seed", job.seed or ""), ("id", job.id)]
        keys = [copy_button(t.plain(f"copy-{name}"), text) for name, text in copied]
        rows.append([key for found in keys for key in found])
    return InlineKeyboardMarkup(inline_keyboard=rows)


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
    }
    last = [
        *([share_button(t, job, picture)] if can_share and is_shareable(job) else []),
        result_button(t.plain("result-ask"), job, Action.ASK_DELETE, picture),
        result_button(t.plain("button-back"), job, Action.BACK, picture),
    ]
    rows = [*action_rows(t, catalog, job, picture, possible), *in_rows(last, 2)]
    return InlineKeyboardMarkup(inline_keyboard=rows)


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
    return InlineKeyboardMarkup(inline_keyboard=action_rows(t, catalog, job, None, possible))


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
    delete = result_button(t.plain("result-ask"), job, Action.ASK_DELETE)
    return InlineKeyboardMarkup(inline_keyboard=[*(own.inline_keyboard if own else []), [delete]])


def album_card(t: Phrases, catalog: OptionCatalog, job: Job) -> Card:
    """Build the message below an album, because an album cannot have buttons."""
    return Card(t("results-next"), result_keyboard(t, catalog, job))
