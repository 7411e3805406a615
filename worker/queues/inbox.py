"""Each chat's inbox: its updates in order, each handled once, by one drain at a time under a lease.

Each step is one script, and so one round trip. Every key is listed in docs/redis.md.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, NamedTuple, Self

from arq.connections import ArqRedis

from infra.observability.metrics import Meter
from infra.redis.script import Key, Values, lua_script
from worker.queues.names import Task, definition

# Telegram repeats an update for up to 24 hours; one more day costs 100 bytes an update.
SEEN_SECONDS = 48 * 3600

#: In place of the chat, in a definition that is sent once for several chats.
_CHAT = "{chat}"
CHAT_PLACEHOLDER = f'"{_CHAT}"'


@lua_script
async def enqueue_updates(redis: ArqRedis, *, drain: bytes, updates: Values) -> Any:
    """Enqueue updates (id, chat, body in turn): 1 for each new one, 0 for a repeated one."""


@lua_script
async def take_chat(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, inbox: Key, lease: Key, head: Key, chat: str, token: str, lease_ms: int
) -> Any:
    """Lease a chat: its first update, or None."""


@lua_script
async def begin_update(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, lease: Key, head: Key, token: str, lease_ms: int, mark: str, digest: str
) -> Any:
    """Count a try: fields and values of Head in turn, None if the lease was lost."""


@lua_script
async def renew_chat_lease(redis: ArqRedis, *, lease: Key, token: str, lease_ms: int) -> Any:
    """Renew a lease: 0 if it was lost."""


@lua_script
async def finish_update(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    inbox: Key,
    lease: Key,
    head: Key,
    chat: str,
    token: str,
    lease_ms: int,
    mark: str,
    reason: str,
    answered: Values,
) -> Any:
    """Remove the update that was begun: the next one, or None."""


@lua_script
async def put_off_update(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    lease: Key,
    head: Key,
    chat: str,
    token: str,
    mark: str,
    drain: bytes,
    wait_ms: int,
    fields: Values,
) -> Any:
    """Release the chat for a time: 0 if the lease was lost."""


@lua_script
async def recover_chats(redis: ArqRedis, *, drain: bytes) -> Any:
    """Enqueue lost drains: their number."""


def inline_inbox(user_id: int) -> str:
    """Return the name of the inbox of a user's inline queries, in place of a chat."""
    return f"inline:{user_id}"


class ReceivedUpdate(NamedTuple):
    """A received update and its chat."""

    update_id: int | str
    chat: str
    body: bytes


@dataclass(frozen=True)
class QueuedUpdate:
    """State of the first update in a chat's inbox.

    `tries` counts the handler runs, this one included, that have not ended. `waits` counts how often Telegram was
    unavailable. `unanswered` counts messages that Telegram did not answer; method and time (seconds since the epoch)
    are those of the last one. `answered_at` is when Telegram last answered this method. `said` are Telegram's responses
    in earlier tries (infra/telegram/replay.py), `verdict` is why the update cannot be handled.
    """

    tries: int = 1
    waits: int = 0
    unanswered: int = 0
    unanswered_method: str = ""
    unanswered_at: float = 0
    answered_at: float = 0
    said: bytes = b""
    verdict: str = ""

    @classmethod
    def parse(cls, stored: Sequence[bytes]) -> Self:
        """Parse fields and values in turn, as the scripts return them."""
        fields = {name.decode(): value for name, value in batched(stored, 2)}
        return cls(
            tries=int(fields["tries"]),
            waits=int(fields.get("waits", 0)),
            unanswered=int(fields.get("unanswered", 0)),
            unanswered_method=fields.get("unanswered_method", b"").decode(),
            unanswered_at=float(fields.get("unanswered_at", 0)),
            answered_at=float(fields.get("answered_at", 0)),
            said=fields.get("said", b""),
            verdict=fields.get("verdict", b"").decode(),
        )


class Inbox:
    """Each chat's updates in order of arrival, handled by one drain at a time under a lease."""

    def __init__(
        self,
        redis: ArqRedis,
        lease_seconds: float = 30,
        meter: Meter | None = None,
    ) -> None:
        self._lease_ms = int(lease_seconds * 1000)
        self._redis = redis
        self._meter = meter or Meter()

    async def enqueue(self, update_id: int | str, chat: str, body: bytes) -> bool:
        """Append an update to its chat's inbox and wake a drain if the chat was idle; False for a repeated update."""
        return (await self.enqueue_all([ReceivedUpdate(update_id, chat, body)]))[0]

    async def enqueue_all(self, arrivals: Sequence[ReceivedUpdate]) -> list[bool]:
        """Enqueue several updates in one step, in order; after an error it is unknown which ones are stored."""
        parts = [part for arrival in arrivals for part in arrival]
        drain = definition(Task.DRAIN, _CHAT)
        are_new = await enqueue_updates(self._redis, drain=drain, updates=parts)
        outcomes = [bool(is_new) for is_new in are_new]
        self._count(received=sum(outcomes), repeated=outcomes.count(False))
        return outcomes

    async def count_refusal(self, status: int) -> None:
        """Count a refused webhook request by its HTTP status."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hincrby("darkroom:updates:refused", str(status), 1)
            await pipe.execute()

    @property
    def lease_seconds(self) -> float:
        return self._lease_ms / 1000

    async def count(self, chat: str) -> int:
        """Return how many updates of a chat are not handled yet."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.llen(f"darkroom:inbox:{chat}")
            return int((await pipe.execute())[0])

    async def take(self, chat: str, token: str) -> bytes | None:
        """Lease the chat and return its first update; None if there is none or another drain holds the lease."""
        body: bytes | None = await take_chat(
            self._redis,
            inbox=inbox_key(chat),
            lease=lease_key(chat),
            head=head_key(chat),
            chat=chat,
            token=token,
            lease_ms=self._lease_ms,
        )
        return body

    async def begin(self, chat: str, token: str, mark: str, body: bytes) -> QueuedUpdate | None:
        """Count a try of the first update, which is `body`, under a unique mark; None if the lease was lost."""
        digest = hashlib.sha256(body).hexdigest()[:16]
        known = await begin_update(
            self._redis,
            lease=lease_key(chat),
            head=head_key(chat),
            token=token,
            lease_ms=self._lease_ms,
            mark=mark,
            digest=digest,
        )
        return QueuedUpdate.parse(known) if known else None

    async def renew(self, chat: str, token: str) -> bool:
        """Renew the lease; False if it was lost."""
        lease = lease_key(chat)
        return bool(
            await renew_chat_lease(self._redis, lease=lease, token=token, lease_ms=self._lease_ms)
        )

    async def finish(
        self,
        chat: str,
        token: str,
        mark: str,
        dead_letter: str = "",
        answered: Collection[str] = (),
    ) -> bytes | None:
        """Remove the update that was begun and return the next; None if the inbox is empty or the lease was lost.

        With a reason in `dead_letter` the update becomes a dead letter (worker/operations/dead_letters.py).
        `answered` are the methods that Telegram has answered meanwhile.
        """
        body: bytes | None = await finish_update(
            self._redis,
            inbox=inbox_key(chat),
            lease=lease_key(chat),
            head=head_key(chat),
            chat=chat,
            token=token,
            lease_ms=self._lease_ms,
            mark=mark,
            reason=dead_letter,
            answered=list(answered),
        )
        self._count(handled=not dead_letter, dead_letter=bool(dead_letter))
        return body

    async def put_off(
        self,
        chat: str,
        token: str,
        seconds: float = 0,
        mark: str = "",
        **known: str | bytes | float,
    ) -> None:
        """Release the chat and enqueue a drain in `seconds`; a try with this `mark` does not count.

        `known` are fields of Head to store for the first update.
        """
        await put_off_update(
            self._redis,
            lease=lease_key(chat),
            head=head_key(chat),
            chat=chat,
            token=token,
            mark=mark,
            drain=definition(Task.DRAIN, chat),
            wait_ms=int(seconds * 1000),
            fields=[part for pair in known.items() for part in pair],
        )

    async def recover(self) -> int:
        """Enqueue a drain for every chat whose drain died; return their number."""
        return int(await recover_chats(self._redis, drain=definition(Task.DRAIN, _CHAT)))

    def _count(self, **outcomes: int) -> None:
        for outcome, number in outcomes.items():
            if number:
                self._meter.count("darkroom_updates_total", number, outcome=outcome)


def inbox_key(chat: str) -> str:
    return f"darkroom:inbox:{chat}"


def lease_key(chat: str) -> str:
    return f"darkroom:lease:{chat}"


def head_key(chat: str) -> str:
    return f"darkroom:head:{chat}"
