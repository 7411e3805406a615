import asyncio
import json
from typing import Any

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.events import Events
from infra.sandbox.telegram.reactions import Reactions
from infra.sandbox.telegram.users import Users
from infra.sandbox.telegram.wire import Clock, Json

#: How long a bot's server still treats a deleted message as present: https://github.com/tdlib/telegram-bot-api/issues/469
CACHED_SECONDS = 3600


class Messages:
    """Messages of every chat, as the Bot API's Message; users' apps get an event for each change."""

    def __init__(self, database: Database, users: Users, events: Events, clock: Clock) -> None:
        self._database = database
        self._users = users
        self._events = events
        self._clock = clock
        self._reactions = Reactions(database)
        self._media_edits: dict[tuple[int, int], asyncio.Task[Any] | None] = {}

    def post(self, chat: Json, sender: Json, content: Json, *, editable: bool = True) -> Json:
        message_id = self._database.next_number("message")
        message = {
            "message_id": message_id,
            "from": sender,
            "chat": chat,
            "date": int(self._clock()),
            **content,
        }
        self._database.change(
            "INSERT INTO messages VALUES (?, ?, ?, ?)",
            *(chat["id"], message_id, json.dumps(message), editable),
        )
        self._events.publish(chat["id"], {"type": "message", "message": message})
        return message

    def find(self, chat_id: int, message_id: int) -> Json | None:
        row = self._database.row(
            "SELECT body FROM messages WHERE chat_id = ? AND message_id = ?", chat_id, message_id
        )
        return json.loads(row["body"]) if row else None

    def is_editable(self, chat_id: int, message_id: int) -> bool:
        """Return False for a message with a reply keyboard: Telegram lets nobody edit those."""
        row = self._database.row(
            "SELECT editable FROM messages WHERE chat_id = ? AND message_id = ?",
            *(chat_id, message_id),
        )
        return bool(row and row["editable"])

    def history(self, *chat_ids: int) -> list[Json]:
        places = ", ".join("?" for _ in chat_ids)
        rows = self._database.rows(
            f"SELECT body FROM messages WHERE chat_id IN ({places}) ORDER BY message_id",  # noqa: S608 - question marks
            *chat_ids,
        )
        return [self._shown(json.loads(row["body"])) for row in rows]

    def _shown(self, message: Json) -> Json:
        """Return a message as apps show it: with its reactions."""
        found = self._reactions.of(message["chat"]["id"], message["message_id"])
        return message | ({"reactions": found} if found else {})

    def replace(self, message: Json) -> None:
        chat_id = message["chat"]["id"]
        self._database.change(
            "UPDATE messages SET body = ? WHERE chat_id = ? AND message_id = ?",
            *(json.dumps(message), chat_id, message["message_id"]),
        )
        self._events.publish(chat_id, {"type": "edited", "message": self._shown(message)})

    def replace_text_by_media(self, message: Json) -> None:
        self._media_edits[message["chat"]["id"], message["message_id"]] = asyncio.current_task()
        self.replace(message)

    def is_text_to_the_server(self, message: Json) -> bool:
        """Return whether a bot's server takes a media message for a text: it has no answer to the edit yet."""
        request = self._media_edits.get((message["chat"]["id"], message["message_id"]))
        return request is not None and not request.done()

    def react(self, message: Json, user_id: int, emoji: str) -> str:
        """Replace the reaction of a user, or remove it with ""; return the one before."""
        chat_id = message["chat"]["id"]
        before = self._reactions.set(chat_id, message["message_id"], user_id, emoji)
        event = {"type": "reaction", "message": self._shown(message)}
        self._events.publish(chat_id, event)
        return before

    def delete(self, chat_id: int, message_id: int) -> bool:
        """Return whether there was such a message."""
        gone = self._database.change(
            "DELETE FROM messages WHERE chat_id = ? AND message_id = ?", chat_id, message_id
        )
        if gone:
            self._reactions.forget(chat_id, message_id)
            self._events.publish(chat_id, {"type": "deleted", "message_id": message_id})
        return bool(gone)

    def delete_unseen(self, chat_id: int, message_id: int) -> None:
        """Delete a message for its user; no update informs the bot."""
        if self.delete(chat_id, message_id):
            self._database.change(
                "REPLACE INTO deleted_messages VALUES (?, ?, ?)",
                *(chat_id, message_id, self._clock()),
            )

    def is_cached(self, chat_id: int, message_id: int) -> bool:
        """Return whether the bot's server does not know yet that a user has deleted this message."""
        row = self._database.row(
            "SELECT deleted FROM deleted_messages WHERE chat_id = ? AND message_id = ?",
            *(chat_id, message_id),
        )
        return bool(row and self._clock() - row["deleted"] < CACHED_SECONDS)

    def show_keyboard(self, chat_id: int, markup: Json | None) -> None:
        self._users.show_keyboard(chat_id, markup)
        self._events.publish(chat_id, {"type": "keyboard", "keyboard": markup})

    def show_action(self, chat_id: int, action: str, thread_id: int = 0) -> None:
        event = {"type": "action", "action": action, "message_thread_id": thread_id or None}
        self._events.publish(chat_id, event)

    def show_draft(self, chat_id: int, draft: Json) -> None:
        """Send a draft to the app; it is not stored."""
        self._events.publish(chat_id, {"type": "draft"} | draft)
