"""Callback data of the buttons that only admins get."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.fal.model import Work
from worker.bot.callback_data import LONGEST_ID, SEPARATOR, Owned
from worker.limits.limits import Limit


class Section(StrEnum):
    """A view of the admin card."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    DAYS = "days"
    BILLS = "bills"
    STATE = "state"
    LIMITS = "limits"
    LIMIT = "limit"  # `about` is the name of the limit
    USERS = "people"  # `about` is the page, counted from 0
    USER = "person"  # `about` is the user's id
    PAUSE = "pause"
    RANKING = "rank"  # `about` is a kind of work


def is_id(text: str) -> bool:
    """Tell whether the text has the form of a Telegram id."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID


class Administer(Owned, prefix="adm", sep=SEPARATOR):
    """Open a view of the admin card; `about` is a page, a user, a limit or a kind of work."""

    section: Section
    about: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Reject forged data that no button of ours contains."""
        if self.section is Section.LIMIT:
            Limit(self.about)
        elif self.section is Section.RANKING:
            Work(self.about or Work.IMAGE)
        elif (self.section is Section.USER or self.about) and not is_id(self.about):
            raise ValueError("not a number")
        return self


class AdminAction(StrEnum):
    SET = "set"  # `about` is a limit and its value, such as fal_slots=4
    ALLOW = "allow"
    FORBID = "forbid"
    MAKE_GUEST = "guest"
    MAKE_MEMBER = "member"
    PAUSE = "pause"
    RESUME = "resume"


ABOUT_USER = frozenset(
    {AdminAction.ALLOW, AdminAction.FORBID, AdminAction.MAKE_GUEST, AdminAction.MAKE_MEMBER}
)


class RunCommand(Owned, prefix="cmd", sep=SEPARATOR):
    """Change something as an admin; `about` is a limit with its value, or a user."""

    action: AdminAction
    about: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action is AdminAction.SET:
            self.limit()
        if self.action in ABOUT_USER and not is_id(self.about):
            raise ValueError("not a number")
        return self

    def limit(self) -> tuple[Limit, float]:
        """Return the limit and its new value; raise ValueError if one of them is invalid."""
        name, _, text = self.about.partition("=")
        limit = Limit(name)
        value = limit.read_amount(text)
        if value is None:
            raise ValueError("not an amount of this limit")
        return limit, value


class ModelsAction(StrEnum):
    """A view of the offered models, or a change of them; an admin's."""

    WORKS = "works"
    LIST = "list"
    CATALOGUE = "all"  # the models that can be added, a page of them
    SHOW = "show"
    ADD = "add"
    UP = "up"
    DOWN = "down"
    ROLE = "role"
    REMOVE = "drop"
    RESET = "reset"


class OnModels(Owned, prefix="mdl", sep=SEPARATOR):
    """`model` is the id of a model (options/model_names.py); `page` is counted from 0."""

    action: ModelsAction
    work: Work = Work.IMAGE
    model: str = ""
    page: int = Field(0, ge=0, le=999)
