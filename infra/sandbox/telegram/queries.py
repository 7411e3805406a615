import secrets

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.events import Events
from infra.sandbox.telegram.updates import Updates
from infra.sandbox.telegram.wire import Clock, Json


class Queries:
    """What users ask the bot outside messages; the bot has `ANSWER_SECONDS` to answer."""

    ANSWER_SECONDS: int
    TABLE: str

    def __init__(self, database: Database, updates: Updates, events: Events, clock: Clock) -> None:
        self._database = database
        self._updates = updates
        self._events = events
        self._clock = clock

    def _row(self, query_id: str) -> Json | None:
        row = self._database.row(f"SELECT * FROM {self.TABLE} WHERE id = ?", query_id)  # noqa: S608 - our own name
        return dict(row) if row else None

    def _is_open(self, row: Json) -> bool:
        return self._clock() - float(row["asked"]) <= self.ANSWER_SECONDS


def new_query_id() -> str:
    return str(secrets.randbits(62))
