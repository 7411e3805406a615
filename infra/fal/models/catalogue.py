"""The models that this installation knows: those of `rows/*.toml`, and those that the operator added.

The operator's models, and newer facts about the others, are kept in Redis (see `kept`); they take effect while the
process runs.
"""

import tomllib
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.fal.model import Model, Work
from infra.fal.models.derive import derive
from infra.fal.models.row import Row, read_row
from infra.fal.models.stored import SCHEMAS, Stored

ROWS = Path(__file__).with_name("rows")
_LONGEST_ENDPOINT = 60


class CatalogueError(ValueError):
    """A file of the catalogue, or a model's schema, has an error."""


def read_rows(folder: Path = ROWS) -> tuple[Row, ...]:
    """Read every row, by file and in its order. Raises CatalogueError that names the file and the row."""
    found: dict[str, Row] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CatalogueError(f"{file}: {error}") from error
        listed = content.get("model")
        if content.keys() != {"model"} or not isinstance(listed, list):
            raise CatalogueError(f"{file}: it must have [[model]] tables and nothing else")
        for number, fields in enumerate(listed, start=1):
            name = fields.get("endpoint", f"model {number}") if isinstance(fields, dict) else number
            try:
                row = read_row(fields)
            except ValueError as error:
                raise CatalogueError(f"{file}: {name}: {error}") from error
            if row.endpoint in found:
                raise CatalogueError(f"{file}: {name} is in the catalogue twice")
            found[row.endpoint] = row
    return tuple(found.values())


def build(row: Row, stored: Stored) -> Model:
    """Raises CatalogueError if the row and the schema do not fit."""
    try:
        return derive(row, stored)
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueError(f"{row.endpoint}: {error}") from error


def read_shipped(rows: Path = ROWS, schemas: Path = SCHEMAS) -> dict[str, Model]:
    """Read the catalogue of this release. Raises CatalogueError."""
    found = {}
    for row in read_rows(rows):
        try:
            stored = Stored.read(row.endpoint, schemas)
        except ValueError as error:
            raise CatalogueError(str(error)) from error
        found[row.endpoint] = build(row, stored)
    return found


class Catalogue(Mapping[str, Model]):
    """The models by endpoint."""

    def __init__(self, shipped: Mapping[str, Model]) -> None:
        self.shipped = shipped
        self._now: Mapping[str, Model] = shipped
        self._kept: dict[str, Mapping[str, Model]] = {}

    def __getitem__(self, endpoint: str) -> Model:
        return self._now[endpoint]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def keep(self, models: Mapping[str, Model], source: str = "") -> None:
        """Use these models in addition to the shipped ones, or in their place; they replace those of this source.

        Several bots in a process have a source each.
        """
        self._kept[source] = models
        self._now = dict(ChainMap(*map(dict, self._kept.values()), dict(self.shipped)))

    def find(self, endpoint: str, *, setting: str = "fal_…_model") -> Model:
        """Return the model of an endpoint. Raises ValueError that names the setting and the known models."""
        try:
            return self[endpoint]
        except KeyError:
            known = ", ".join(self)
            raise ValueError(
                f"{setting}: no such model in the catalogue: {endpoint!r}. Known: {known}."
            ) from None

    def of_work(self, work: Work) -> tuple[Model, ...]:
        """Return every model for this kind of work, in the catalogue's order."""
        return tuple(row for row in self.values() if work in row.works)


MODELS = Catalogue(read_shipped())

model = MODELS.find
models = MODELS.of_work


def model_title(endpoint: str) -> str:
    """Return the title of a model, or at most 60 characters of its endpoint if the catalogue does not have it."""
    known = MODELS.get(endpoint)
    return known.title if known else endpoint.removeprefix("fal-ai/")[:_LONGEST_ENDPOINT]
