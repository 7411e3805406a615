import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, username TEXT, language_code TEXT NOT NULL,
    started INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS chats (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, title TEXT NOT NULL, is_forum INTEGER NOT NULL,
    upgraded_to INTEGER
);
CREATE TABLE IF NOT EXISTS chat_members (
    chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL, status TEXT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
CREATE TABLE IF NOT EXISTS topics (
    chat_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (chat_id, thread_id)
);
CREATE TABLE IF NOT EXISTS closed_topics (
    chat_id INTEGER NOT NULL, thread_id INTEGER NOT NULL, PRIMARY KEY (chat_id, thread_id)
);
CREATE TABLE IF NOT EXISTS bot_memberships (
    chat_id INTEGER PRIMARY KEY, status TEXT NOT NULL, forbidden TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keyboards (chat_id INTEGER PRIMARY KEY, markup TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL, body TEXT NOT NULL,
    editable INTEGER NOT NULL, PRIMARY KEY (chat_id, message_id)
);
CREATE TABLE IF NOT EXISTS ephemeral_messages (
    chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL, number INTEGER PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deleted_messages (
    chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL, deleted REAL NOT NULL,
    PRIMARY KEY (chat_id, message_id)
);
CREATE TABLE IF NOT EXISTS reactions (
    chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL, user_id INTEGER NOT NULL,
    emoji TEXT NOT NULL, PRIMARY KEY (chat_id, message_id, user_id)
);
CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY, unique_id TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
    content_type TEXT NOT NULL, size INTEGER NOT NULL, content TEXT
);
CREATE INDEX IF NOT EXISTS files_by_path ON files (path);
CREATE TABLE IF NOT EXISTS updates (
    number INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL, queue TEXT NOT NULL,
    created REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS updates_by_queue ON updates (queue, number);
CREATE TABLE IF NOT EXISTS callbacks (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    asked REAL NOT NULL, chat_id INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS inline_queries (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, asked REAL NOT NULL, contents TEXT
);
CREATE TABLE IF NOT EXISTS commands (
    scope TEXT NOT NULL, language TEXT NOT NULL, commands TEXT NOT NULL,
    PRIMARY KEY (scope, language)
);
"""
#: Databases of before 0.1.0 have other names; drop this after that release.
RENAMES = """
ALTER TABLE people RENAME TO users;
ALTER TABLE chat_members RENAME COLUMN person_id TO user_id;
ALTER TABLE callbacks RENAME COLUMN person_id TO user_id;
UPDATE settings SET name = 'user' WHERE name = 'person';
"""


class Database:
    """State of the fake, in one SQLite file that survives `kill -9`.

    A committed write is in the operating system's cache, so the death of the process loses nothing;
    only a power cut can (`synchronous=NORMAL`), which is acceptable for the speed.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        if self.row("SELECT 1 FROM sqlite_master WHERE name = 'people'"):
            self._connection.executescript(RENAMES)
        self._connection.executescript(SCHEMA)
        columns = {row["name"] for row in self.rows("PRAGMA table_info(callbacks)")}
        if "chat_id" not in columns:
            self.change("ALTER TABLE callbacks ADD COLUMN chat_id INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        self._connection.close()

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(statement, *values)
        return found[0] if found else None

    def change(self, statement: str, *values: Any) -> int:
        """Run a statement that writes; return the number of affected rows."""
        return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def setting(self, name: str, default: Any = None) -> Any:
        found = self.row("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(found["value"]) if found else default

    def keep_setting(self, name: str, value: Any) -> None:
        self.change("REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def next_number(self, name: str, first: int = 1) -> int:
        """Return the next number of a sequence that never goes back, not even after a restart."""
        number: int = self.setting(name, first - 1) + 1
        self.keep_setting(name, number)
        return number
