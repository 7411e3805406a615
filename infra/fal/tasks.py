"""A task at fal: its id, which has to be stored, and its status."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from infra.errors import ProviderError
from infra.fal.bills import Bill
from infra.fal.results import ResultFile


class TaskState(StrEnum):
    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    NOT_FOUND = "not_found"


class CancelOutcome(StrEnum):
    REQUESTED = "requested"
    """The task was running and may still complete."""
    REMOVED = "removed"
    """The task was waiting and will not run."""
    TOO_LATE = "too_late"
    """The task has completed: fetch the result."""
    UNKNOWN = "unknown"
    """fal knows no such task."""


@dataclass(frozen=True, slots=True)
class TaskId:
    """fal's request id and the three URLs that it returned; URLs built from the id may be wrong."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str

    def dumps(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        """Raises ValueError if `dumps` did not write the text."""
        return cls.from_fields(json.loads(text))

    @classmethod
    def from_fields(cls, fields: Any) -> Self:
        """Raises ValueError if the id or a URL is missing."""
        names = cls.__slots__
        values = [fields.get(name) for name in names] if isinstance(fields, dict) else []
        texts = [value for value in values if isinstance(value, str) and value]
        if len(texts) < len(names):
            raise ValueError(f"a task needs {', '.join(names)}")
        return cls(*texts)


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """`queue_position` counts from 0. `error` is set if and only if the task has failed.

    `blocked` has one flag for each of `results`; `result_url` is the first that is not blocked. `bill` is that of the
    result call.
    """

    state: TaskState
    queue_position: int | None = None
    results: tuple[ResultFile, ...] = ()
    blocked: tuple[bool, ...] = ()
    seed: int | None = None
    error: ProviderError | None = None
    bill: Bill | None = None

    @property
    def result_url(self) -> str | None:
        pairs = zip(self.results, self.blocked, strict=True)
        return next((file.url for file, blocked in pairs if not blocked), None)
