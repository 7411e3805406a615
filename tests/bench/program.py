"""A measured process: started on its cores, and asked for its costs."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from tests.bench.cores import running_on
from tests.processes import ROOT


@dataclass
class Program:
    """`python` is that of the product, or of the peers; the folder is its working directory and gets its output."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    cores: frozenset[int] = frozenset()
    python: str = sys.executable
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> Self:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment}
        with self.log.open("ab") as log, running_on(self.cores):
            self._running = subprocess.Popen(
                [self.python, *self.arguments],
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def stop(self, seconds: float = 15) -> None:
        """Ask it to end; kill it, and what is left of its children, if it does not."""
        if self._running and self._running.poll() is None:
            children = psutil.Process(self._running.pid).children(recursive=True)
            self._running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(seconds)
            self._kill(self._running, children)
        self._running = None

    def kill(self) -> None:
        """Kill it and its children, as a crash of the machine does."""
        assert self._running, f"{self.name} does not run"
        self._kill(self._running, psutil.Process(self._running.pid).children(recursive=True))
        self._running = None

    def _kill(self, running: subprocess.Popen[bytes], children: list[psutil.Process]) -> None:
        running.kill()
        running.wait()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    async def wait_until(
        self, is_ready: Callable[[], bool], pause: float = 0.05, seconds: float = 60
    ) -> None:
        """Poll in a thread: the process may wait for fakes that run here."""
        until = time.monotonic() + seconds
        while not await asyncio.to_thread(is_ready):
            self.check()
            assert time.monotonic() < until, f"{self.name}: not ready within {seconds} s"
            await asyncio.sleep(pause)

    def check(self) -> None:
        """Raise AssertionError, with its last output, when it has died."""
        ended = self._running is None or self._running.poll() is not None
        assert not ended, f"{self.name} died:\n{self.log.read_text()[-3000:]}"

    async def wait(self, seconds: float) -> None:
        """Wait until it ends by itself."""
        assert self._running, f"{self.name} does not run"
        code = await asyncio.to_thread(self._running.wait, seconds)
        assert not code, f"{self.name} failed:\n{self.log.read_text()[-3000:]}"
        self._running = None

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes()]

    def cpu_seconds(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def memory(self) -> int:
        """Return resident bytes, including its children's."""
        return sum(process.memory_info().rss for process in self._processes())

    def _processes(self) -> Iterator[psutil.Process]:
        self.check()
        assert self._running
        process = psutil.Process(self._running.pid)
        yield process
        yield from process.children(recursive=True)


@asynccontextmanager
async def running(*programs: Program) -> AsyncIterator[None]:
    """Start them all, and stop them in any case."""
    try:
        for program in programs:
            program.start()
        yield
    finally:
        for program in programs:
            await asyncio.to_thread(program.stop)
