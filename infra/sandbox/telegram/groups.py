import json
import sqlite3
from dataclasses import dataclass, field
from typing import Self

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.wire import Json

FIRST_GROUP = "Студия"
FIRST_NUMBER = 1001
# Supergroups have ids like -1001234567890, so that no basic group has the same id.
SUPERGROUPS = 1_000_000_000_000
CREATOR, MEMBER, ADMINISTRATOR = "creator", "member", "administrator"
KICKED, LEFT = "kicked", "left"
BOT_STATUSES = {MEMBER, ADMINISTRATOR, KICKED, LEFT}
EVERYTHING = "*"


@dataclass(frozen=True)
class Group:
    """A basic group, a supergroup, or a supergroup with topics.

    `upgraded_to` is the supergroup that a basic group has become.
    """

    id: int
    type: str
    title: str
    is_forum: bool
    upgraded_to: int | None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        return cls(**{**dict(row), "is_forum": bool(row["is_forum"])})

    @property
    def chat(self) -> Json:
        """https://core.telegram.org/bots/api#chat"""
        shown: Json = {"id": self.id, "type": self.type, "title": self.title}
        return shown | ({"is_forum": True} if self.is_forum else {})


@dataclass(frozen=True)
class BotMembership:
    """The bot's status in a group; `forbidden` are the kinds of content (`photo`, `text`, `*`) that it may not send."""

    status: str = MEMBER
    forbidden: list[str] = field(default_factory=list)

    @property
    def is_in(self) -> bool:
        return self.status in {MEMBER, ADMINISTRATOR}


class Groups:
    """Groups with users and the bot as members, and the topics of forums."""

    def __init__(self, database: Database, first_members: list[int]) -> None:
        self._database = database
        if self._database.row("SELECT 1 FROM chats") is None:
            self.add(FIRST_GROUP, first_members)

    def add(
        self, title: str, members: list[int], *, supergroup: bool = False, forum: bool = False
    ) -> Group:
        """Create a group whose creator is the first member; only supergroups have topics."""
        kind = "supergroup" if supergroup or forum else "group"
        number = self._database.next_number("group", FIRST_NUMBER)
        group_id = -number - (SUPERGROUPS if kind == "supergroup" else 0)
        self._database.change(
            "INSERT INTO chats VALUES (?, ?, ?, ?, NULL)", group_id, kind, title, forum
        )
        for place, user_id in enumerate(members):
            self.join(group_id, user_id, MEMBER if place else CREATOR)
        return Group(group_id, kind, title, forum, upgraded_to=None)

    def find(self, group_id: int) -> Group | None:
        row = self._database.row("SELECT * FROM chats WHERE id = ?", group_id)
        return Group.from_row(row) if row else None

    def of(self, user_id: int) -> list[Group]:
        """Return the groups of a user, without basic groups that were upgraded."""
        rows = self._database.rows(
            "SELECT chats.* FROM chats JOIN chat_members ON chat_id = id"
            " WHERE user_id = ? AND upgraded_to IS NULL ORDER BY id DESC",
            user_id,
        )
        return [Group.from_row(row) for row in rows]

    def members(self, group_id: int) -> dict[int, str]:
        """Return each member's status, in the order of joining."""
        rows = self._database.rows(
            "SELECT * FROM chat_members WHERE chat_id = ? ORDER BY rowid", group_id
        )
        return {row["user_id"]: row["status"] for row in rows}

    def join(self, group_id: int, user_id: int, status: str = MEMBER) -> bool:
        """Return True if they were not a member before."""
        return bool(
            self._database.change(
                "INSERT OR IGNORE INTO chat_members VALUES (?, ?, ?)", group_id, user_id, status
            )
        )

    def upgrade(self, group: Group) -> Group:
        """Upgrade a basic group to a supergroup: another chat with the same members."""
        successor = self.add(group.title, list(self.members(group.id)), supergroup=True)
        self._database.change(
            "UPDATE chats SET upgraded_to = ? WHERE id = ?", successor.id, group.id
        )
        self.set_bot(successor.id, self.bot(group.id))
        return successor

    def lineage(self, group_id: int) -> list[int]:
        """Return the group and its former basic group: its members see one chat."""
        rows = self._database.rows("SELECT id FROM chats WHERE upgraded_to = ?", group_id)
        return [*(row["id"] for row in rows), group_id]

    def bot(self, group_id: int) -> BotMembership:
        row = self._database.row("SELECT * FROM bot_memberships WHERE chat_id = ?", group_id)
        if row is None:
            return BotMembership()
        return BotMembership(row["status"], json.loads(row["forbidden"]))

    def set_bot(self, group_id: int, membership: BotMembership) -> None:
        self._database.change(
            "REPLACE INTO bot_memberships VALUES (?, ?, ?)",
            *(group_id, membership.status, json.dumps(membership.forbidden)),
        )

    def add_topic(self, group_id: int, thread_id: int, name: str) -> None:
        """Create a topic. Its number is that of its service message."""
        self._database.change("INSERT INTO topics VALUES (?, ?, ?)", group_id, thread_id, name)

    def topics(self, group_id: int) -> dict[int, str]:
        """Return names by thread; the general topic has no thread and is not included."""
        rows = self._database.rows(
            "SELECT * FROM topics WHERE chat_id = ? ORDER BY thread_id", group_id
        )
        return {row["thread_id"]: row["name"] for row in rows}

    def is_closed(self, group_id: int, thread_id: int) -> bool:
        return bool(
            self._database.row(
                "SELECT 1 FROM closed_topics WHERE chat_id = ? AND thread_id = ?",
                *(group_id, thread_id),
            )
        )

    def close_topic(self, group_id: int, thread_id: int, *, closed: bool) -> None:
        self._database.change(
            "INSERT OR IGNORE INTO closed_topics VALUES (?, ?)"
            if closed
            else "DELETE FROM closed_topics WHERE chat_id = ? AND thread_id = ?",
            *(group_id, thread_id),
        )

    def delete_topic(self, group_id: int, thread_id: int) -> None:
        self._database.change(
            "DELETE FROM topics WHERE chat_id = ? AND thread_id = ?", group_id, thread_id
        )
