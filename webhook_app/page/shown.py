"""Where in the list of jobs a visitor is."""

from enum import StrEnum
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webhook_app.schemas import CURSOR
from webhook_app.state import Request
from worker.jobs import ACTIVE, TERMINAL, Status


class Shown(StrEnum):
    """Which jobs are listed."""

    ALL = "all"
    ACTIVE = "active"
    DONE = "done"
    FAILED = "failed"

    @property
    def statuses(self) -> frozenset[Status]:
        return _STATUSES[self]


_STATUSES = {
    Shown.ALL: frozenset[Status](),
    Shown.ACTIVE: ACTIVE,
    Shown.DONE: frozenset({Status.DONE}),
    Shown.FAILED: TERMINAL - {Status.DONE},
}


class Place(BaseModel):
    """Jobs of one sort, from the newest on or from behind `cursor`."""

    model_config = ConfigDict(frozen=True)

    show: Shown = Shown.ALL
    cursor: str | None = Field(None, pattern=CURSOR)

    @classmethod
    def of(cls, request: Request) -> "Place":
        """The beginning, for an address that makes no sense."""
        try:
            return cls.model_validate(dict(request.query_params))
        except ValidationError:
            return cls()

    @property
    def query(self) -> str:
        return urlencode(self.model_dump(exclude_none=True))
