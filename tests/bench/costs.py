"""The measurements of `make bench` that the simulation of `make scaling` uses."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from tests.processes import ROOT

COSTS = "costs.json"
_FILE = ROOT / "docs" / COSTS


class Costs(BaseModel):
    """Seconds of CPU, bytes; docs/performance.md of the same run says how they were measured."""

    webhook_app_per_update: float
    update: float  # webhook_app and worker
    picture: float  # webhook_app and worker, of the order, fal's webhook and the delivery
    redis_per_update: float
    redis_per_picture: float
    bytes_per_job: float

    @property
    def worker_per_update(self) -> float:
        return self.update - self.webhook_app_per_update

    @classmethod
    def read(cls, file: Path = _FILE) -> Self:
        if not file.exists():
            raise FileNotFoundError(f"{file.name} is not there yet: `make bench` measures it.")
        return cls.model_validate_json(file.read_text())


def keep(costs: dict[str, float], file: Path) -> None:
    """Save them beside those of other rows."""
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(dict(sorted((known | costs).items())), indent=2) + "\n")
