"""What inline buttons carry: 1 to 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton).

Every button carries first whose it is, for in a group everybody sees it.
"""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from infra.fal.models import Work

SEPARATOR = "|"  # a colon stands in "16:9"


class Menu(StrEnum):
    CARD = "card"
    STYLES = "styles"
    NEGATIVE_PROMPT = "negative"


class Choose(CallbackData, prefix="set", sep=SEPARATOR):
    """One of our options gets a value; `value` is its text."""

    owner: int
    option: str
    value: str


class Open(CallbackData, prefix="open", sep=SEPARATOR):
    owner: int
    menu: Menu


class ClearNegativePrompt(CallbackData, prefix="clear", sep=SEPARATOR):
    owner: int


class Cancel(CallbackData, prefix="cancel", sep=SEPARATOR):
    owner: int


class MakeOf(CallbackData, prefix="make", sep=SEPARATOR):
    """Make a picture or a clip of the text that the message answers."""

    owner: int
    work: Work


class ChooseLanguage(CallbackData, prefix="lang", sep=SEPARATOR):
    owner: int
    language: str


class Again(CallbackData, prefix="again", sep=SEPARATOR):
    owner: int
    job_id: str


class EditPrompt(CallbackData, prefix="edit", sep=SEPARATOR):
    owner: int
    job_id: str


_OWNED = frozenset(
    data.__prefix__
    for data in (
        Choose,
        Open,
        ClearNegativePrompt,
        Cancel,
        MakeOf,
        ChooseLanguage,
        Again,
        EditPrompt,
    )
)


def belongs_to_another(data: str, person_id: int) -> bool:
    """Whether a button stands on the card of somebody else."""
    prefix, *parts = data.split(SEPARATOR)
    return prefix in _OWNED and parts[:1] != [str(person_id)]
