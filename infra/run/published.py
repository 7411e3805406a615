"""The settings of a running `make run`, stored with its data, so that the doctor checks what runs."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.run import pidfile

_FILE = "settings.json"


@dataclass(frozen=True)
class Published:
    """The process of a `make run`, and the settings that its children have."""

    pid: int
    settings: Mapping[str, str] = field(repr=False)


@contextlib.contextmanager
def published(run_dir: Path, settings: Mapping[str, str]) -> Iterator[None]:
    path = run_dir / _FILE
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(settings)))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find(run_dir: Path) -> Published | None:
    """Return the run in this folder; None if there is none or only a killed one's file."""
    try:
        settings = json.loads((run_dir / _FILE).read_text())
        pid = pidfile.holder(run_dir / "run.pid")
    except OSError:
        return None
    return Published(pid, settings) if pid else None


def overlaid(environment: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with these settings, which replace variables of the same name in any case."""
    kept = {name: value for name, value in environment.items() if name.lower() not in settings}
    return {**kept, **settings}


def adopt(run: Published) -> None:
    """Make this process read the settings of that run."""
    environment = overlaid(os.environ, run.settings)
    os.environ.clear()
    os.environ.update(environment)
