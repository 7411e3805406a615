"""The card that offers orders for plain text. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS, model_title
from infra.i18n import Phrases
from worker.bot.callback_data import CreateFrom, CreateFromLast, Improve
from worker.bot.options.word_choices import Choice
from worker.bot.truncate import one_line
from worker.bot.views.card import Card
from worker.bot.views.keyboards import button, paired
from worker.bot.views.money_format import priced
from worker.model import Job

_PROMPT_SHOWN = 60


def offer_card(
    t: Phrases,
    owner: int,
    last: Job | None,
    offered: Sequence[tuple[Choice, float]],
    *,
    improves: bool,
) -> Card:
    """Offer each choice for its price in dollars, and say which result is meant; `improves`: offer better words."""
    buttons = [_button(t, owner, last, choice, cost) for choice, cost in offered]
    better = button(t.plain("button-improve"), Improve(owner=owner).pack())
    below = [[better]] if improves else []
    text = t("offer-after" if last else "offer")
    if last and any(choice.number is not None for choice, _ in offered):
        key, count = f"offer-last-{last.request.kind}", len(last.files)
        text += "\n" + t(key, prompt=_about(t, last), count=count)
    return Card(text, InlineKeyboardMarkup(inline_keyboard=[*paired(buttons), *below]))


def _about(t: Phrases, last: Job) -> str:
    """Return the first words of the prompt of a result, or what was done if it had none."""
    if prompt := last.request.prompt.strip():
        return one_line(prompt, _PROMPT_SHOWN)
    model = MODELS.get(last.request.model)
    return t.plain(f"work-{model.work}") if model else model_title(last.request.model)


def _button(
    t: Phrases, owner: int, last: Job | None, choice: Choice, cost: float
) -> InlineKeyboardButton:
    work, number = choice.draft.work, choice.number
    if last is None or number is None:
        is_new = last is not None and work is Work.IMAGE
        label = t.plain("button-new-image" if is_new else f"button-{work}")
        data = CreateFrom(owner=owner, work=work).pack()
    else:
        label = t.plain("button-edit-last" if work is Work.IMAGE_EDIT else f"work-{work}")
        if len(last.files) > 1:
            # Only the pictogram, and the place in the album.
            label = f"{label.split()[0]} {number + 1}"
        data = CreateFromLast(owner=owner, job_id=last.id, picture=number).pack()
    return button(priced(t, label, cost), data)
