"""Questions that a button of a result asks first: which image, which scale, whether to delete. Pure."""

import math

from aiogram.types import InlineKeyboardMarkup

from infra.dates import date_text
from infra.fal.model import Work
from infra.i18n import Phrases
from worker.bot.callback_data import Action
from worker.bot.options.catalog import OptionCatalog
from worker.bot.views.keyboards import in_rows
from worker.bot.views.result_buttons import IN_A_ROW, is_enlargeable, priced_button, result_button
from worker.jobs.fal_copies import FalCopies
from worker.limits.ledger import day
from worker.model import File, Job


def ask_picture_keyboard(
    t: Phrases, catalog: OptionCatalog, job: Job, action: Action
) -> InlineKeyboardMarkup:
    """Ask for one picture of an album."""
    numbers = [
        priced_button(t, catalog, str(index + 1), job, action, index)
        for index, file in enumerate(job.files)
        if action is not Action.UPSCALE or is_enlargeable(file)
    ]
    back = result_button(t.plain("button-back"), job, Action.BACK)
    return InlineKeyboardMarkup(inline_keyboard=[*in_rows(numbers, IN_A_ROW), [back]])


def scales(catalog: OptionCatalog, file: File) -> list[int]:
    """Return the factors by which a picture can be enlarged."""
    offered = catalog.choices(Work.UPSCALE, {}, pixels=file.width * file.height)
    return [int(scale) for scale in offered.get("scale", ())]


def ask_scale_keyboard(
    t: Phrases, catalog: OptionCatalog, job: Job, picture: int
) -> InlineKeyboardMarkup:
    """Ask for the factor to enlarge by."""
    buttons = [
        priced_button(
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
    back = result_button(t.plain("button-back"), job, Action.BACK, picture)
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
    delete = result_button(t.plain("result-delete"), job, Action.DELETE)
    keep = result_button(t.plain("result-keep"), job, Action.BACK, picture)
    return InlineKeyboardMarkup(inline_keyboard=[[delete], [keep]])
