"""Request records, and the file that keeps them across a crash."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True)
class Bill:
    """What a request cost: units of the endpoint under which fal bills it, at its price of that moment.

    `discount` is the percentage that the account does not pay.
    """

    endpoint: str
    unit: str
    units: float
    unit_price: float
    discount: float = 0

    @property
    def subtotal(self) -> float:
        return round(self.units * self.unit_price, 9)

    @property
    def dollars(self) -> float:
        return round(self.subtotal * (100 - self.discount) / 100, 9)


@dataclass
class Record:
    """One accepted request. Times are unix seconds; `origin` is the base URL by which the caller reached us.

    `queued` is false for one that was answered at once, such as a call of a language model.
    """

    request_id: str
    account: str
    endpoint: str
    origin: str
    created_at: float
    seed: int
    input: bytes
    fault_words: frozenset[str] = frozenset()
    webhook_url: str | None = None
    start_before: float | None = None
    media_lifetime: float | None = None
    fallback_disabled: bool = False
    stores_payloads: bool = True
    queued: bool = True
    state: State = State.IN_QUEUE
    started_at: float | None = None
    completed_at: float | None = None
    cancelled: bool = False
    error: str | None = None
    error_type: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    result: bytes = b""
    billed: int = 0
    bill: Bill | None = None
    deliveries: int = 0
    delivered: bool = False
    undeliverable: bool = False

    @property
    def input_sha256(self) -> str:
        return hashlib.sha256(self.input).hexdigest()


_FIELDS = frozenset(field.name for field in fields(Record))
_TABLE = """CREATE TABLE IF NOT EXISTS requests (
    request_id TEXT PRIMARY KEY, document TEXT NOT NULL, input BLOB NOT NULL, result BLOB NOT NULL
)"""
_SAVE = "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)"


class Store:
    """Records on disk. A write that has returned survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_TABLE)

    def save(self, record: Record) -> None:
        document = asdict(record) | {"fault_words": sorted(record.fault_words)}
        blobs = document.pop("input"), document.pop("result")
        self._database.execute(_SAVE, (record.request_id, json.dumps(document), *blobs))

    def load(self) -> Iterator[Record]:
        for document, given, result in self._database.execute(
            "SELECT document, input, result FROM requests ORDER BY rowid"
        ):
            # Another version may have written more fields, or fewer.
            stored = json.loads(document)
            values = {name: value for name, value in stored.items() if name in _FIELDS}
            values["fault_words"] = frozenset(values.get("fault_words", ()))
            values["state"] = State(values["state"])
            values["bill"] = Bill(**values["bill"]) if values.get("bill") else None
            yield Record(**values, input=given, result=result)

    def close(self) -> None:
        self._database.close()
