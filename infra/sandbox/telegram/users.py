import json
import sqlite3
from dataclasses import dataclass
from typing import Self

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.wire import Json

FIRST_USER_ID = 1001
FIRST_USERS = (("Аня", "ru", "anya"), ("Ben", "en", "ben"), ("Léa", "fr", "lea"))


@dataclass(frozen=True)
class User:
    id: int
    first_name: str
    username: str | None
    language_code: str
    started: bool
    blocked: bool

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        return cls(
            id=row["id"],
            first_name=row["first_name"],
            username=row["username"],
            language_code=row["language_code"],
            started=bool(row["started"]),
            blocked=bool(row["blocked"]),
        )

    @property
    def profile(self) -> Json:
        """Return the public fields of the user."""
        shown: Json = {"id": self.id, "first_name": self.first_name}
        return shown | ({"username": self.username} if self.username else {})

    @property
    def user(self) -> Json:
        """https://core.telegram.org/bots/api#user"""
        return self.profile | {"is_bot": False, "language_code": self.language_code}

    @property
    def chat(self) -> Json:
        """https://core.telegram.org/bots/api#chat: a private chat has the id of its user."""
        return self.profile | {"type": "private"}


class Users:
    """Users of the fake."""

    def __init__(self, database: Database) -> None:
        self._database = database
        if not self.all():
            for first_name, language_code, username in FIRST_USERS:
                self.add(first_name, language_code, username)

    def add(self, first_name: str, language_code: str, username: str | None = None) -> User:
        user_id = self._database.next_number("user", FIRST_USER_ID)
        self._database.change(
            "INSERT INTO users (id, first_name, username, language_code) VALUES (?, ?, ?, ?)",
            *(user_id, first_name, username, language_code),
        )
        return User(user_id, first_name, username, language_code, started=False, blocked=False)

    def all(self) -> list[User]:
        rows = self._database.rows("SELECT * FROM users ORDER BY id")
        return [User.from_row(row) for row in rows]

    def find(self, user_id: int) -> User | None:
        row = self._database.row("SELECT * FROM users WHERE id = ?", user_id)
        return User.from_row(row) if row else None

    def start(self, user_id: int) -> None:
        """Allow the bot to write: it may do so only after the user has written to it."""
        self._database.change("UPDATE users SET started = 1 WHERE id = ?", user_id)

    def set_blocked(self, user_id: int, *, blocked: bool) -> None:
        self._database.change("UPDATE users SET blocked = ? WHERE id = ?", blocked, user_id)

    def keyboard(self, chat_id: int) -> Json | None:
        row = self._database.row("SELECT markup FROM keyboards WHERE chat_id = ?", chat_id)
        return json.loads(row["markup"]) if row else None

    def show_keyboard(self, chat_id: int, markup: Json | None) -> None:
        if markup is None:
            self._database.change("DELETE FROM keyboards WHERE chat_id = ?", chat_id)
        else:
            self._database.change(
                "REPLACE INTO keyboards VALUES (?, ?)", chat_id, json.dumps(markup)
            )
