"""The count of a run, only from outside: Telegram's messages, fal's requests, the API's jobs."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from operator import or_
from typing import Any, Protocol

import httpx

from tests.chaos.fleet import Kill
from tests.chaos.orders import Order
from tests.processes import Installation
from tests.user import Message, User, buttons, words

#: A chat's id, and the Unix seconds of an action there whose response the bot did not get.
type Unanswered = tuple[int, float]

_JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")
_ENDED_BADLY = ("❌", "⌛")
_IN_DOUBT = "не отправляю второй раз"
# Telegram's dates are whole seconds.
_BLUR = 1.5


# docs/reliability.md: a message whose answer was lost is repeated twice in ten minutes at most.
_MOST_COPIES = 3


class Verdict(StrEnum):
    DELIVERED_ONCE = "delivered once"
    DELIVERED_TWICE = "delivered twice, a kill between"
    REPEATED = "repeated after Telegram's answer was lost"
    FAILED = "failed for an injected reason"
    UNCONFIRMED = "unconfirmed, the user notified"
    ACTIVE = "still active"
    LOST = "lost"
    UNEXPLAINED = "unexplained"


GOOD = frozenset(
    {
        Verdict.DELIVERED_ONCE,
        Verdict.DELIVERED_TWICE,
        Verdict.REPEATED,
        Verdict.FAILED,
        Verdict.UNCONFIRMED,
    }
)
_ENDED = frozenset({"done", "failed", "cancelled", "expired"})


@dataclass(frozen=True)
class Entry:
    """The outcome of one order."""

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
    #: Requests that fal accepted, and the repeated ones of them.
    paid: int
    paid_again: int
    #: Jobs without an order, or beyond an order's first.
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
    """The installation, and the faults that hit it."""

    @property
    def installation(self) -> Installation: ...
    @property
    def kills(self) -> Sequence[Kill]: ...


async def take_stock(
    fleet: Counted, http: httpx.AsyncClient, users: Sequence[User], orders: Sequence[Order]
) -> Ledger:
    jobs = await _jobs(fleet.installation.api_url, http)
    by_tag: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for job in jobs:
        by_tag[_tag(job["prompt"])].append(job)
    messages = Chats([message for user in users for message in await user.from_bot()])
    sent = (await http.get(f"{fleet.installation.telegram_url}/sent")).raise_for_status().json()
    unanswered = [
        (call["chat_id"], call["at"])
        for call in sent
        if call["status"] == 200 and not call["acknowledged"]
    ]
    entries = [
        judge(order, by_tag.get(order.tag, []), messages, fleet.kills, unanswered)
        for order in orders
    ]
    asked = (await http.get(f"{fleet.installation.fal_url}/requests")).raise_for_status().json()
    digests = Counter(request["input_sha256"] for request in asked)
    return Ledger(
        entries,
        paid=len(asked),
        paid_again=len(asked) - len(digests),
        surplus=len(jobs) - sum(entry.job is not None for entry in entries),
    )


class Chats:
    """The bot's messages, by their job."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._about: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            data = [button.get("callback_data", "") for button in buttons(message)]
            for job_id in set(_JOB_ID.findall(" ".join([words(message), *data]))):
                self._about[job_id].append(message)

    def results(self, job_id: str) -> list[Message]:
        return [message for message in self._about[job_id] if {"photo", "document"} & set(message)]

    def says(self, job_id: str, *marks: str) -> bool:
        """Return whether a message about the job contains one of these."""
        return self.count(job_id, *marks) > 0

    def count(self, job_id: str, *marks: str) -> int:
        """Return how many messages about the job contain one of these."""
        about = map(words, self._about[job_id])
        return sum(any(mark in text for mark in marks) for text in about)


def judge(
    order: Order,
    jobs: Sequence[Mapping[str, Any]],
    messages: Chats,
    kills: Sequence[Kill],
    unanswered: Sequence[Unanswered] = (),
) -> Entry:
    if not jobs:
        return Entry(order, Verdict.LOST)
    job = jobs[0]
    if job["status"] == "unconfirmed" and messages.says(job["id"], _IN_DOUBT):
        return Entry(order, Verdict.UNCONFIRMED, job)
    if job["status"] not in _ENDED:
        return Entry(order, Verdict.ACTIVE, job)
    if job["status"] == "done":
        return Entry(order, _delivered(messages.results(job["id"]), kills, unanswered), job)
    return Entry(order, _failed(order, job, messages), job)


def _delivered(
    results: Sequence[Message], kills: Sequence[Kill], unanswered: Sequence[Unanswered]
) -> Verdict:
    """Each copy but the first needs a reason: the response to the one before was lost, or its process died."""
    copies = [(message["chat"]["id"], message["date"]) for message in results]
    lost = [_is_unanswered(copy, unanswered) for copy in copies[:-1]]
    killed = [_killed_between(one[1], next_one[1], kills) for one, next_one in pairwise(copies)]
    match len(results):
        case 0:
            return Verdict.LOST
        case 1:
            return Verdict.DELIVERED_ONCE
        case 2 if killed[0] and not lost[0]:
            return Verdict.DELIVERED_TWICE
        case copies_sent if copies_sent <= _MOST_COPIES and all(map(or_, lost, killed)):
            return Verdict.REPEATED
        case _:
            return Verdict.UNEXPLAINED


def _is_unanswered(copy: tuple[int, float], unanswered: Sequence[Unanswered]) -> bool:
    chat_id, date = copy
    return any(chat == chat_id and abs(at - date) < _BLUR for chat, at in unanswered)


def _killed_between(first: float, second: float, kills: Sequence[Kill]) -> bool:
    deadly = {"worker", "valkey"}
    return any(first - _BLUR < kill.at < second + _BLUR for kill in kills if kill.kind in deadly)


def _failed(order: Order, job: Mapping[str, Any], messages: Chats) -> Verdict:
    if not 0 < messages.count(job["id"], *_ENDED_BADLY) <= _MOST_COPIES:
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
    return next((word for word in prompt.split() if word.startswith("order-")), prompt)
