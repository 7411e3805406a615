"""One button of a result: its label, its price and what a press does. Pure."""

from collections.abc import Mapping

from aiogram.types import InlineKeyboardButton

from infra.fal.model import Work
from infra.i18n import Phrases
from worker.bot.callback_data import Action, OnResult
from worker.bot.options.catalog import OptionCatalog, can_grow
from worker.bot.views.keyboards import Row, button, in_rows, marked
from worker.bot.views.money_format import price, priced, repeated
from worker.model import File, Job

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
IN_A_ROW = 2
_PICTURES_IN_A_ROW = 5
_SMALLEST_SCALE = 2
_DELETIONS = frozenset({Action.ASK_DELETE, Action.DELETE})


def result_button(
    text: str, job: Job, action: Action, picture: int | None = None
) -> InlineKeyboardButton:
    """Build a button that acts on a job, or on one picture of its results."""
    owner = job.request.user_id
    data = OnResult(owner=owner, job_id=job.id, action=action, picture=picture)
    return button(text, data.pack(), "danger" if action in _DELETIONS else None)


def priced_button(  # noqa: PLR0913, PLR0917 - the parts of a button
    t: Phrases,
    catalog: OptionCatalog,
    label: str,
    job: Job,
    action: Action,
    picture: int | None = None,
    scale: int | None = None,
) -> InlineKeyboardButton:
    """Build a button that acts on a job; one that spends at once shows its price."""
    owner = job.request.user_id
    data = OnResult(owner=owner, job_id=job.id, action=action, picture=picture, scale=scale)
    return button(priced(t, label, price_of(catalog, job, data)), data.pack())


def action_rows(
    t: Phrases,
    catalog: OptionCatalog,
    job: Job,
    picture: int | None,
    possible: Mapping[Action, bool],
) -> list[Row]:
    """Return the buttons of the possible actions, two in a row."""
    buttons = []
    for action in (action for action, is_possible in possible.items() if is_possible):
        kind = "work" if action in {*RARE_WORKS, Action.IMAGE_EDIT} else "result"
        label = t.plain(f"{kind}-{action}")
        buttons.append(priced_button(t, catalog, label, job, action, picture))
    return in_rows(buttons, IN_A_ROW)


def picture_rows(job: Job, current: int | None) -> list[Row]:
    """Open one picture of an album, for the actions below."""
    if len(job.files) == 1:
        return []
    numbers = [
        result_button(marked(str(index + 1), current=index == current), job, Action.OPEN, index)
        for index in range(len(job.files))
    ]
    return in_rows(numbers, _PICTURES_IN_A_ROW)


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


def is_enlargeable(file: File) -> bool:
    """Tell whether a picture can be enlarged at all."""
    return can_grow(file.width * file.height, _SMALLEST_SCALE)
