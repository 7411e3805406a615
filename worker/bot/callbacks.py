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


class Action(StrEnum):
    """What can be done with a job and with what came of it; short, for a button has 64 bytes."""

    AGAIN = "again"
    NEW_SEED = "seed"
    VARY = "vary"
    EDIT_PROMPT = "edit"
    ANIMATE = "animate"
    UPSCALE = "upscale"
    ORIGINAL = "original"
    FAVOUR = "star"
    DISFAVOUR = "unstar"
    ASK_DELETE = "ask"
    DELETE = "delete"
    BACK = "back"


#: Admins may do these with everybody's.
FOR_ADMINS = frozenset({Action.ASK_DELETE, Action.DELETE, Action.BACK})


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


class OnResult(CallbackData, prefix="on", sep=SEPARATOR):
    """`picture` counts a job's files from 0; None: all of them, or not chosen yet. `scale` is how many times larger."""

    owner: int
    job_id: str
    action: Action
    picture: int | None = None
    scale: int | None = None


_OWNED = frozenset(
    data.__prefix__
    for data in (
        Choose,
        Open,
        ClearNegativePrompt,
        Cancel,
        MakeOf,
        ChooseLanguage,
        OnResult,
    )
)


def belongs_to_another(data: str, person_id: int) -> bool:
    """Whether a button stands on the card of somebody else."""
    prefix, *parts = data.split(SEPARATOR)
    return prefix in _OWNED and parts[:1] != [str(person_id)]


def is_on_result(data: str) -> bool:
    """Whether a button stands under a job or its result."""
    return data.startswith(f"{OnResult.__prefix__}{SEPARATOR}")
