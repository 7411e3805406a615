import json

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.events import Events, in_chat
from infra.sandbox.telegram.wire import Clock, Json

#: Apps keep ephemeral messages for a while only; Telegram does not say how long.
KEPT_SECONDS = 24 * 3600


class EphemeralMessages:
    """Messages of a group between the bot and one of its users, which nobody else sees.

    https://core.telegram.org/bots/api#ephemeral-messages-and-commands. In the Bot API their `message_id` is 0; apps get
    the ephemeral id as `message_id`, from the same sequence as other messages, and `ephemeral` as a mark.
    """

    def __init__(self, database: Database, events: Events, clock: Clock) -> None:
        self._database = database
        self._events = events
        self._clock = clock

    def post(self, chat: Json, user_id: int, sender: Json, receiver: Json, content: Json) -> Json:
        """Store a message between the bot and this user; return it as the Bot API's Message."""
        number = self._database.next_number("message")
        message = {
            "message_id": 0,
            "ephemeral_message_id": number,
            "from": sender,
            "receiver_user": receiver,
            "chat": chat,
            "date": int(self._clock()),
            **content,
        }
        self._database.change(
            "INSERT INTO ephemeral_messages VALUES (?, ?, ?, ?)",
            *(chat["id"], user_id, number, json.dumps(message)),
        )
        self._publish(user_id, "message", message)
        return message

    def find(self, chat_id: int, user_id: int, number: int) -> Json | None:
        row = self._database.row(
            "SELECT body FROM ephemeral_messages WHERE chat_id = ? AND user_id = ? AND number = ?",
            *(chat_id, user_id, number),
        )
        message: Json | None = json.loads(row["body"]) if row else None
        is_kept = message and self._clock() - message["date"] < KEPT_SECONDS
        return message if is_kept else None

    def history(self, chat_id: int, user_id: int) -> list[Json]:
        """Return the messages as apps show them."""
        rows = self._database.rows(
            "SELECT body FROM ephemeral_messages WHERE chat_id = ? AND user_id = ?",
            *(chat_id, user_id),
        )
        return [shown(json.loads(row["body"])) for row in rows]

    def replace(self, user_id: int, message: Json) -> None:
        self._database.change(
            "UPDATE ephemeral_messages SET body = ? WHERE chat_id = ? AND user_id = ?"
            " AND number = ?",
            json.dumps(message),
            *(message["chat"]["id"], user_id, message["ephemeral_message_id"]),
        )
        self._publish(user_id, "edited", message)

    def delete(self, user_id: int, message: Json) -> None:
        chat_id, number = message["chat"]["id"], message["ephemeral_message_id"]
        self._database.change(
            "DELETE FROM ephemeral_messages WHERE chat_id = ? AND user_id = ? AND number = ?",
            *(chat_id, user_id, number),
        )
        event = {"type": "deleted", "message_id": number}
        self._events.publish(in_chat(user_id, chat_id), event)

    def _publish(self, user_id: int, kind: str, message: Json) -> None:
        channel = in_chat(user_id, message["chat"]["id"])
        self._events.publish(channel, {"type": kind, "message": shown(message)})


def shown(message: Json) -> Json:
    """Return an ephemeral message as apps show it."""
    return message | {"message_id": message["ephemeral_message_id"], "ephemeral": True}
