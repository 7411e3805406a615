from infra.sandbox.telegram.events import personal
from infra.sandbox.telegram.queries import Queries, new_query_id
from infra.sandbox.telegram.refusals import QUERY_TOO_OLD, bad_request
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

ANSWER_LENGTH = 200


class Callbacks(Queries):
    """Presses of inline buttons, and the bot's answers to them.

    https://core.telegram.org/bots/api#callbackquery
    """

    ANSWER_SECONDS = 15
    TABLE = "callbacks"

    def press(self, user: User, message: Json, data: str) -> str:
        """Store a press and return the id of its query."""
        query_id = new_query_id()
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
        row = self._row(query_id)
        is_theirs = row and (row["user_id"], row["chat_id"]) == (user_id, chat_id)
        if row is None or not is_theirs or not self._is_open(row):
            raise bad_request("QUERY_ID_INVALID")

    def answer(self, query_id: str, text: str, *, show_alert: bool) -> None:
        row = self._row(query_id)
        if row is None or not self._is_open(row):
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
