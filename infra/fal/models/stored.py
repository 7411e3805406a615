"""What is stored of an endpoint: its schema, status and unit price, as fal reported them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

SCHEMAS = Path(__file__).with_name("schemas")

_FIELDS = ("endpoint", "status", "source", "fetched", "price", "input", "output")


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Dollars of a unit, in fal's words; both None if the price is not known."""

    unit_price: float | None = None
    unit: str | None = None
    currency: str = "USD"
    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """`input` and `output` are JSON schemas, `status` is active or deprecated, `fetched` a date."""

    endpoint: str
    status: str
    source: str
    fetched: str
    price: UnitPrice
    input: Mapping[str, Any]
    output: Mapping[str, Any]

    @classmethod
    def read(cls, endpoint: str, folder: Path = SCHEMAS) -> Self:
        """Raises ValueError that names the file if it is missing or damaged."""
        file = path_of(endpoint, folder)
        try:
            return cls.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(
                f"{endpoint} has no stored schema: {file} ({error.strerror})"
            ) from error
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from error

    @classmethod
    def loads(cls, text: str) -> Self:
        """Raises ValueError if `dumps` did not write the text."""
        facts = json.loads(text)
        missing = [name for name in _FIELDS if name not in facts]
        if missing:
            raise ValueError(f"not the facts of a model: it lacks {', '.join(missing)}")
        price = {name: facts["price"].get(name) for name in UnitPrice.__slots__}
        kept = {name: facts[name] for name in _FIELDS}
        return cls(**kept | {"price": UnitPrice(**price)})

    def dumps(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def save(self, folder: Path = SCHEMAS) -> None:
        file = path_of(self.endpoint, folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.dumps(), encoding="utf-8")


def path_of(endpoint: str, folder: Path = SCHEMAS) -> Path:
    return folder / f"{endpoint}.json"
