"""A dashboard request: its bot, its languages, and the page of the job list with its filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webhook_app.api.schemas import CURSOR
from worker.model import ACTIVE, TERMINAL, Status

JOBS_PER_PAGE = 30


class JobListFilter(StrEnum):
    """Which jobs are listed."""

    ALL = "all"
    ACTIVE = "active"
    DONE = "done"
    FAILED = "failed"

    @property
    def statuses(self) -> frozenset[Status]:
        return _STATUSES[self]


_STATUSES = {
    JobListFilter.ALL: frozenset[Status](),
    JobListFilter.ACTIVE: ACTIVE,
    JobListFilter.DONE: frozenset({Status.DONE}),
    JobListFilter.FAILED: TERMINAL - {Status.DONE},
}


class ListPosition(BaseModel):
    """A filter, and the cursor of the page; None is the newest jobs."""

    model_config = ConfigDict(frozen=True)

    show: JobListFilter = JobListFilter.ALL
    cursor: str | None = Field(None, pattern=CURSOR)

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Parse the query; an invalid one is the first page of all jobs."""
        try:
            return cls.model_validate(dict(query))
        except ValidationError:
            return cls()

    @property
    def query(self) -> str:
        return urlencode(self.model_dump(exclude_none=True))


@dataclass(frozen=True)
class Query:
    """`root` is the bot's path prefix when there are several bots. `accepted` is the Accept-Language."""

    root: str
    accepted: str
    place: ListPosition

    @classmethod
    def of(cls, root: str, accepted: str, query: Mapping[str, str]) -> Self:
        return cls(root, accepted, ListPosition.of(query))

    @property
    def home(self) -> str:
        return f"{self.root}/"

    @property
    def address(self) -> str:
        return f"{self.home}?{self.place.query}"
