"""Small real programs for the supervisor, and helpers to observe them."""

import asyncio
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.run.plan import Program
from infra.run.probes import Probe
from infra.run.report import Console


@dataclass(frozen=True)
class FileExists:
    """Ready once the program has written its file again."""

    path: Path

    async def __call__(self) -> str | None:
        return str(self.path.stat().st_mtime_ns) if self.path.exists() else None


def program(run_dir: Path, script: str, name: str = "sleeper") -> Program:
    """Return a shell script that may write `$READY`."""
    ready = run_dir / f"{name}.ready"
    return Program(
        name=name,
        command=("/bin/sh", "-c", f"READY='{ready}'; {script}"),
        probe=FileExists(ready),
        next_step=f"Mend {name}.",
    )


class Screen(Console):
    """A console whose output can be read."""

    def __init__(self) -> None:
        self._buffer = io.StringIO()
        super().__init__(self._buffer, coloured=False)

    @property
    def text(self) -> str:
        return self._buffer.getvalue()


def make_folders(run_dir: Path) -> None:
    for name in ("children", "logs"):
        (run_dir / name).mkdir(parents=True, exist_ok=True)


def pid_of(run_dir: Path, name: str = "sleeper") -> int:
    return int((run_dir / "children" / f"{name}.pid").read_text())


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(condition: Callable[[], bool], timeout_seconds: float = 10) -> None:
    async with asyncio.timeout(timeout_seconds):
        while not condition():  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(0.01)


async def until_answered(probe: Probe, timeout_seconds: float = 10) -> None:
    async with asyncio.timeout(timeout_seconds):
        while await probe() is None:  # noqa: ASYNC110 - another process sets no event here
            await asyncio.sleep(0.01)
