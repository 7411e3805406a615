"""The count, taken from outside alone: what Telegram shows, what fal was asked, what the API says."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import httpx

from tests.chaos.fleet import Kill
from tests.chaos.orders import Order
from tests.person import Message, Person, words
from tests.processes import Installation

_JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")
_ENDED_BADLY = ("❌", "⌛")
_IN_DOUBT = "не отправляю второй раз"
# Telegram's dates are whole seconds.
_BLUR = 1.5


class Verdict(StrEnum):
    DELIVERED_ONCE = "delivered once"
    DELIVERED_TWICE = "delivered twice, a kill between"
    FAILED = "failed for an injected reason"
    UNCONFIRMED = "unconfirmed, the person told"
    ACTIVE = "still active"
    LOST = "lost"
    UNEXPLAINED = "unexplained"


GOOD = frozenset(
    {Verdict.DELIVERED_ONCE, Verdict.DELIVERED_TWICE, Verdict.FAILED, Verdict.UNCONFIRMED}
)
_ENDED = frozenset({"done", "failed", "cancelled", "expired"})


@dataclass(frozen=True)
class Entry:
    """What became of one order."""

    order: Order
    verdict: Verdict
    job: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        job = self.job or {}
        state = " ".join(str(job.get(key, "")) for key in ("id", "status", "failure", "detail"))
        return f"{self.verdict}: {self.order.prompt}: {state}"


@dataclass(frozen=True)
class Ledger:
    entries: Sequence[Entry]
    #: Requests that fal took, and those of them that were a repetition.
    paid: int
    paid_again: int
    #: Jobs that nobody ordered, or that an order has beside its first.
    surplus: int

    def count(self, verdict: Verdict) -> int:
        return sum(entry.verdict is verdict for entry in self.entries)

    @property
    def is_settled(self) -> bool:
        return all(entry.verdict in GOOD for entry in self.entries)

    @property
    def is_clean(self) -> bool:
        return self.is_settled and not self.paid_again and not self.surplus


class Counted(Protocol):
    """What runs, and what befell it."""

    @property
    def installation(self) -> Installation: ...
    @property
    def kills(self) -> Sequence[Kill]: ...


async def take_stock(
    fleet: Counted, http: httpx.AsyncClient, people: Sequence[Person], orders: Sequence[Order]
) -> Ledger:
    jobs = await _jobs(fleet.installation.api_url, http)
    by_tag: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for job in jobs:
        by_tag[_tag(job["prompt"])].append(job)
    said = Chats([message for person in people for message in await person.from_bot()])
    entries = [judge(order, by_tag.get(order.tag, []), said, fleet.kills) for order in orders]
    asked = (await http.get(f"{fleet.installation.fal_url}/requests")).raise_for_status().json()
    digests = Counter(request["input_sha256"] for request in asked)
    return Ledger(
        entries,
        paid=len(asked),
        paid_again=len(asked) - len(digests),
        surplus=len(jobs) - sum(entry.job is not None for entry in entries),
    )


class Chats:
    """What the bot has said, by the job that it was about."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._about: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            for job_id in set(_JOB_ID.findall(words(message))):
                self._about[job_id].append(message)

    def results(self, job_id: str) -> list[Message]:
        return [message for message in self._about[job_id] if {"photo", "document"} & set(message)]

    def says(self, job_id: str, *marks: str) -> bool:
        """Whether a message about the job has one of these in it."""
        return any(mark in words(message) for message in self._about[job_id] for mark in marks)


def judge(
    order: Order, jobs: Sequence[Mapping[str, Any]], said: Chats, kills: Sequence[Kill]
) -> Entry:
    if not jobs:
        return Entry(order, Verdict.LOST)
    job = jobs[0]
    if job["status"] == "unconfirmed" and said.says(job["id"], _IN_DOUBT):
        return Entry(order, Verdict.UNCONFIRMED, job)
    if job["status"] not in _ENDED:
        return Entry(order, Verdict.ACTIVE, job)
    if job["status"] == "done":
        return Entry(order, _delivered(said.results(job["id"]), kills), job)
    return Entry(order, _failed(order, job, said), job)


def _delivered(results: Sequence[Message], kills: Sequence[Kill]) -> Verdict:
    match len(results):
        case 0:
            return Verdict.LOST
        case 1:
            return Verdict.DELIVERED_ONCE
        case 2 if _killed_between(results[0]["date"], results[1]["date"], kills):
            return Verdict.DELIVERED_TWICE
        case _:
            return Verdict.UNEXPLAINED


def _killed_between(first: float, second: float, kills: Sequence[Kill]) -> bool:
    return any(first - _BLUR < kill.at < second + _BLUR for kill in kills if kill.kind != "web")


def _failed(order: Order, job: Mapping[str, Any], said: Chats) -> Verdict:
    if not said.says(job["id"], *_ENDED_BADLY):
        return Verdict.UNEXPLAINED
    if job.get("failure") == "unconfirmed":
        return Verdict.UNCONFIRMED
    return Verdict.FAILED if job.get("failure") in order.failures else Verdict.UNEXPLAINED


async def _jobs(api_url: str, http: httpx.AsyncClient) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        answer = await http.get(f"{api_url}/jobs", params={"limit": "100", **cursor})
        page = answer.raise_for_status().json()
        found += page["jobs"]
        cursor = {"cursor": page["cursor"]} if "cursor" in page else None
    return found


def _tag(prompt: str) -> str:
    return next((word for word in prompt.split() if word.startswith("wish-")), prompt)
