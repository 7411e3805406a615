import asyncio
import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.wire import Clock, Json

KEPT_SECONDS = 24 * 3600
CALLBACKS_KEPT_SECONDS = 150
FIRST_UPDATE_ID = 700_000_001
QUEUES_OF_USERS = {"callback_query": "user", "inline_query": "inline"}
ASKED_FOR_ONLY = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True)
class Update:
    """`number` is its position in the queue; a test may repeat its `update_id`."""

    number: int
    queue: str
    created: float
    body: Json

    @property
    def expires(self) -> float:
        is_query = "callback_query" in self.body or "inline_query" in self.body
        kept = CALLBACKS_KEPT_SECONDS if is_query else KEPT_SECONDS
        return self.created + kept


class Updates:
    """Pending updates for the bot, in order.

    https://core.telegram.org/bots/api#getting-updates. A webhook gets the messages of one chat, and
    the button presses of one user, strictly one after the other: each of those is a queue.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._news = asyncio.Event()

    def add(self, kind: str, content: Json) -> None:
        """Add an update, if the bot accepts this kind."""
        if self.wants(kind):
            self.add_raw({kind: content})

    def add_raw(self, update: Json) -> int:
        """Add any JSON object; keep its `update_id` if it has one."""
        with self._database.transaction():
            update_id = self._number(update.get("update_id"))
            body = {"update_id": update_id} | update
            self._database.change(
                "INSERT INTO updates (update_id, queue, created, body) VALUES (?, ?, ?, ?)",
                *(update_id, queue_of(update), self._clock(), json.dumps(body)),
            )
        self.wake()
        return update_id

    def _number(self, given: object) -> int:
        """Return the given id or the next one, above all earlier ones: a poller would skip a lower one."""
        last: int = self._database.setting("update", FIRST_UPDATE_ID - 1)
        update_id = given if type(given) is int and 0 <= given < 2**31 else last + 1
        self._database.keep_setting("update", max(last, update_id))
        return update_id

    def wants(self, kind: str) -> bool:
        allowed = self.allowed
        return kind in allowed if allowed else kind not in ASKED_FOR_ONLY

    @property
    def allowed(self) -> list[str]:
        kinds: list[str] = self._database.setting("allowed_updates", [])
        return kinds

    def allow(self, kinds: list[str]) -> None:
        """Set the accepted kinds; an empty list means the default ones."""
        self._database.keep_setting("allowed_updates", kinds)

    def pending(self, limit: int) -> list[Update]:
        self._forget_old()
        return self._select("ORDER BY number LIMIT ?", limit)

    def count(self) -> int:
        row = self._database.row("SELECT count(*) AS n FROM updates")
        return row["n"] if row else 0

    def confirm(self, before: int) -> None:
        """Delete everything with an id below this one."""
        self._database.change("DELETE FROM updates WHERE update_id < ?", before)

    def keep_last(self, number: int) -> None:
        self._database.change(
            "DELETE FROM updates WHERE number NOT IN"
            " (SELECT number FROM updates ORDER BY number DESC LIMIT ?)",
            number,
        )

    def clear(self) -> None:
        self._database.change("DELETE FROM updates")

    def queues(self) -> list[str]:
        rows = self._database.rows("SELECT queue FROM updates GROUP BY queue ORDER BY min(number)")
        return [row["queue"] for row in rows]

    def head(self, queue: str) -> Update | None:
        found = self._select("WHERE queue = ? ORDER BY number LIMIT 1", queue)
        return found[0] if found else None

    def holds(self, update: Update) -> bool:
        return bool(self._select("WHERE number = ?", update.number))

    def remove(self, update: Update) -> None:
        self._database.change("DELETE FROM updates WHERE number = ?", update.number)

    def wake(self) -> None:
        """Wake up all waiters."""
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, seconds: float | None = None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def _select(self, condition: str, *values: object) -> list[Update]:
        columns = "SELECT number, queue, created, body FROM updates "
        return [_update(row) for row in self._database.rows(columns + condition, *values)]

    def _forget_old(self) -> None:
        self._database.change("DELETE FROM updates WHERE created < ?", self._clock() - KEPT_SECONDS)


def _update(row: sqlite3.Row) -> Update:
    return Update(row["number"], row["queue"], row["created"], json.loads(row["body"]))


def queue_of(update: Json) -> str:
    """Return the queue: the user for a button press and for an inline query, the chat for other updates."""
    for kind, content in update.items():
        if not isinstance(content, dict):
            continue
        owner = content.get("from" if kind in QUEUES_OF_USERS else "chat")
        if isinstance(owner, dict):
            return f"{QUEUES_OF_USERS.get(kind, 'chat')}:{owner.get('id')}"
    return "other"
