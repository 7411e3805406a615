import json

from infra.sandbox.telegram.events import personal
from infra.sandbox.telegram.queries import Queries, new_query_id
from infra.sandbox.telegram.refusals import QUERY_TOO_OLD, bad_request
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

QUERY_LENGTH = 256


class InlineQueries(Queries):
    """Queries that users type after the bot's name in any chat, and the bot's answers to them.

    https://core.telegram.org/bots/api#inlinequery
    """

    ANSWER_SECONDS = 10
    TABLE = "inline_queries"

    def ask(self, user: User, chat_type: str, text: str, offset: str) -> str:
        """Store a query and return its id."""
        query_id = new_query_id()
        self._database.change(
            "INSERT INTO inline_queries VALUES (?, ?, ?, NULL)",
            *(query_id, user.id, self._clock()),
        )
        query = {
            "id": query_id,
            "from": user.user,
            "chat_type": chat_type,
            "query": text[:QUERY_LENGTH],
            "offset": offset,
        }
        self._updates.add("inline_query", query)
        return query_id

    def check(self, query_id: str) -> None:
        """Refuse an answer to a query that is unknown or too old."""
        row = self._row(query_id)
        if row is None or not self._is_open(row):
            raise bad_request(QUERY_TOO_OLD)

    def answer(self, query_id: str, answer: Json, contents: dict[str, Json]) -> None:
        """Show an answer to the user; `contents` has the message of each result by its id."""
        row = self._row(query_id)
        if row is None:
            raise bad_request(QUERY_TOO_OLD)
        self._database.change(
            "UPDATE inline_queries SET contents = ? WHERE id = ?", json.dumps(contents), query_id
        )
        event = {"type": "inline_answer", "inline_query_id": query_id}
        self._events.publish(personal(row["user_id"]), event | answer)

    def content(self, user: User, query_id: str, result_id: str) -> Json | None:
        """Return the message of a result that the user has chosen."""
        row = self._row(query_id)
        if row is None or row["user_id"] != user.id or row["contents"] is None:
            return None
        found: Json | None = json.loads(row["contents"]).get(result_id)
        return found
