"""What inline buttons carry: 1 to 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton).

Every button carries first whose it is, for in a group everybody sees it.
"""

from enum import StrEnum
from typing import Self

from aiogram.filters.callback_data import CallbackData
from pydantic import model_validator

from infra.fal.model import Work
from worker.jobs.indexes import JobIndex
from worker.limits.limits import Limit

#: Digits of a person's id, and more than enough for a page.
LONGEST_ID = 16
SEPARATOR = "|"  # a colon stands in "16:9"


class Menu(StrEnum):
    CARD = "card"
    STYLES = "styles"
    NEGATIVE_PROMPT = "negative"


class Action(StrEnum):
    """What can be done with a job and with what came of it; short, for a button has 64 bytes."""

    AGAIN = "again"
    NEW_SEED = "seed"
    FETCH = "fetch"
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


class Owned(CallbackData, prefix="of", sep=SEPARATOR):
    """For one person, and of results a few for admins too."""

    owner: int


class Choose(Owned, prefix="set", sep=SEPARATOR):
    """One of our options gets a value; `value` is its text."""

    option: str
    value: str


class Open(Owned, prefix="open", sep=SEPARATOR):
    menu: Menu


class ClearNegativePrompt(Owned, prefix="clear", sep=SEPARATOR):
    """Leave nothing out."""


class Cancel(Owned, prefix="cancel", sep=SEPARATOR):
    """Close the card."""


class MakeOf(Owned, prefix="make", sep=SEPARATOR):
    """Make a picture or a clip of the text that the message answers."""

    work: Work


class Switch(Owned, prefix="work", sep=SEPARATOR):
    """Do something else with what the card is about."""

    work: Work


class Take(Owned, prefix="take", sep=SEPARATOR):
    """Only this one of the pictures, counted from 0."""

    picture: int


class Proceed(Owned, prefix="go", sep=SEPARATOR):
    """Everything is there: begin."""


class MarkedInPicture(Owned, prefix="hole", sep=SEPARATOR):
    """The picture's own transparent place is what to repaint."""


class PresetAction(StrEnum):
    LIST = "list"
    SHOW = "show"
    APPLY = "apply"
    SAVE = "save"
    RENAME = "name"
    DELETE = "delete"


class OnPreset(Owned, prefix="pre", sep=SEPARATOR):
    """`preset` is its number among the person's own; 0 where none is meant."""

    action: PresetAction
    preset: int = 0


class ChooseLanguage(Owned, prefix="lang", sep=SEPARATOR):
    language: str


class OnResult(Owned, prefix="on", sep=SEPARATOR):
    """`picture` counts a job's files from 0; None: all of them, or not chosen yet. `scale` is how many times larger."""

    job_id: str
    action: Action
    picture: int | None = None
    scale: int | None = None


class Stop(CallbackData, prefix="stop", sep=SEPARATOR):
    """Cancel a job that is under way; not owned, for an admin may press it too."""

    owner: int
    job_id: str


class Browse(Owned, prefix="my", sep=SEPARATOR):
    """A page of one's own jobs; it begins with the job `start`, with the newest when that is empty."""

    index: JobIndex
    start: str = ""


class OpenJob(Owned, prefix="see", sep=SEPARATOR):
    """A job of that page, in the same message; `start` leads back, `picture` counts its files from 0."""

    index: JobIndex
    job_id: str
    start: str = ""
    picture: int = 0


class AskAccess(CallbackData, prefix="ask", sep=SEPARATOR):
    owner: int


class Decide(Owned, prefix="let", sep=SEPARATOR):
    """An admin's answer to a stranger who asked to be let in."""

    user_id: int
    allowed: bool


class Section(StrEnum):
    """The views of the admin's card."""

    TODAY = "today"
    WEEK = "week"
    STATE = "state"
    LIMITS = "limits"
    LIMIT = "limit"  # about one, by its name
    USERS = "people"  # about a page, counted from 0
    USER = "person"  # about one, by their id
    PAUSE = "pause"


def _check_number(text: str) -> None:
    """Raises ValueError for what is no id, and for more digits than one has."""
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise ValueError("not a number")


class Administer(Owned, prefix="adm", sep=SEPARATOR):
    """An admin opens a view; `about` is a page, a person or a limit."""

    section: Section
    about: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """A press can be forged: what no button of ours says is no press of one."""
        if self.section is Section.LIMIT:
            Limit(self.about)
        elif self.section is Section.USER or self.about:
            _check_number(self.about)
        return self


class AdminAction(StrEnum):
    SET = "set"  # about a limit and its value, such as fal_slots=4
    ALLOW = "allow"
    FORBID = "forbid"
    PAUSE = "pause"
    RESUME = "resume"


class Instruct(Owned, prefix="cmd", sep=SEPARATOR):
    """An admin changes something; `about` says what or whom."""

    action: AdminAction
    about: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action is AdminAction.SET:
            self.limit()
        if self.action in (AdminAction.ALLOW, AdminAction.FORBID):
            _check_number(self.about)
        return self

    def limit(self) -> tuple[Limit, float]:
        """The limit to set, and to what. Raises ValueError."""
        name, _, text = self.about.partition("=")
        limit = Limit(name)
        value = limit.read_amount(text)
        if value is None:
            raise ValueError("not an amount of this limit")
        return limit, value


_OWNED = frozenset(data.__prefix__ for data in Owned.__subclasses__())


def belongs_to_another(data: str, user_id: int) -> bool:
    """Whether a button stands on the card of somebody else."""
    prefix, *parts = data.split(SEPARATOR)
    return prefix in _OWNED and parts[:1] != [str(user_id)]


def is_for_admins(data: str) -> bool:
    """Whether a result's button works for admins too."""
    return is_on_result(data) and data.split(SEPARATOR)[3:4] in [[action] for action in FOR_ADMINS]


def is_on_result(data: str) -> bool:
    """Whether a button stands under a job or its result."""
    return data.startswith(f"{OnResult.__prefix__}{SEPARATOR}")
