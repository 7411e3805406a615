"""What `make bench` measured, as the simulation of `make scaling` takes it."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from tests.processes import ROOT

COSTS = "costs.json"
_FILE = ROOT / "docs" / COSTS


class Costs(BaseModel):
    """Seconds of CPU, bytes; docs/performance.md says by the same run how they came about."""

    door_per_update: float
    update: float  # door and worker
    picture: float  # door and worker, of the order, fal's webhook and the delivery
    redis_per_update: float
    redis_per_picture: float
    bytes_per_job: float

    @property
    def worker_per_update(self) -> float:
        return self.update - self.door_per_update

    @classmethod
    def read(cls, file: Path = _FILE) -> Self:
        if not file.exists():
            raise FileNotFoundError(f"{file.name} is not there yet: `make bench` measures it.")
        return cls.model_validate_json(file.read_text())


def keep(costs: dict[str, float], file: Path) -> None:
    """Beside those that other rows have found."""
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(dict(sorted((known | costs).items())), indent=2) + "\n")
