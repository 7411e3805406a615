import secrets

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.events import Events, personal
from infra.sandbox.telegram.refusals import QUERY_TOO_OLD, bad_request
from infra.sandbox.telegram.updates import Updates
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Clock, Json

ANSWER_SECONDS = 15
ANSWER_LENGTH = 200


class Callbacks:
    """Presses of inline buttons, and the bot's answers to them.

    https://core.telegram.org/bots/api#callbackquery
    """

    def __init__(self, database: Database, updates: Updates, events: Events, clock: Clock) -> None:
        self._database = database
        self._updates = updates
        self._events = events
        self._clock = clock

    def press(self, user: User, message: Json, data: str) -> str:
        """Store a press and return the id of its query."""
        query_id = str(secrets.randbits(62))
        self._database.change(
            "INSERT INTO callbacks VALUES (?, ?, ?, ?, ?)",
            *(query_id, user.id, message.get("ephemeral_message_id") or message["message_id"]),
            *(self._clock(), message["chat"]["id"]),
        )
        query = {
            "id": query_id,
            "from": user.user,
            "message": message,
            "chat_instance": str(message["chat"]["id"]),
            "data": data,
        }
        self._updates.add("callback_query", query)
        return query_id

    def check(self, query_id: str, user_id: int, chat_id: int) -> None:
        """Raise if this user has not pressed a button in this chat just now."""
        row = self._database.row("SELECT * FROM callbacks WHERE id = ?", query_id)
        is_theirs = row and (row["user_id"], row["chat_id"]) == (user_id, chat_id)
        if row is None or not is_theirs or self._clock() - row["asked"] > ANSWER_SECONDS:
            raise bad_request("QUERY_ID_INVALID")

    def answer(self, query_id: str, text: str, *, show_alert: bool) -> None:
        row = self._database.row("SELECT * FROM callbacks WHERE id = ?", query_id)
        if row is None or self._clock() - row["asked"] > ANSWER_SECONDS:
            raise bad_request(QUERY_TOO_OLD)
        if len(text) > ANSWER_LENGTH:
            raise bad_request("MESSAGE_TOO_LONG")
        event = {
            "type": "callback_answer",
            "callback_query_id": query_id,
            "message_id": row["message_id"],
            "text": text or None,
            "show_alert": show_alert,
        }
        self._events.publish(personal(row["user_id"]), event)
