"""A child process that is restarted when it dies."""

import asyncio
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.retry import RetryPolicy, add_jitter
from infra.run import pidfile
from infra.run.output import Output
from infra.run.plan import Program
from infra.run.report import Console

_CANNOT_EXECUTE = 126
_PROBE_INTERVAL = 0.1
_BACKOFF = RetryPolicy(first=0.5, longest=10)


@dataclass(frozen=True)
class RestartPolicy:
    """Times in seconds. A run shorter than `quick` is a quick death; `max_quick_deaths` in a row are tolerated."""

    backoff: RetryPolicy = _BACKOFF
    quick: float = 10
    max_quick_deaths: int = 5

    def delay(self, quick_deaths: int) -> float:
        if self.is_hopeless(quick_deaths):
            return self.backoff.longest
        return self.backoff.delay(max(0, quick_deaths - 1))

    def is_hopeless(self, quick_deaths: int) -> bool:
        return quick_deaths >= self.max_quick_deaths


class Child:
    """Keeps one program running for as long as `supervise` runs; cancel that to stop it."""

    def __init__(
        self,
        program: Program,
        *,
        environment: Mapping[str, str],
        run_dir: Path,
        console: Console,
        restarts: RestartPolicy,
    ) -> None:
        self.program = program
        self.ready = asyncio.Event()
        #: Ready, or it has failed too often: there is nothing to wait for.
        self.settled = asyncio.Event()
        self.output = Output(
            run_dir / "logs" / f"{program.name}.log",
            program.problem_pattern,
            lambda line: console.child_line(program.name, line),
        )
        self._pid_file = run_dir / "children" / f"{program.name}.pid"
        self._environment = environment
        self._console = console
        self._restarts = restarts
        self._process: Process | None = None
        self._quick_deaths = 0

    async def supervise(self) -> None:
        while True:
            started = time.monotonic()
            try:
                code = await self._run_once()
            except Exception as error:  # noqa: BLE001 - any error is reported as the child's death
                self.output.add(f"ERROR cannot run {self.program.name}: {error}")
                code = _CANNOT_EXECUTE
            quick = time.monotonic() - started < self._restarts.quick
            self._quick_deaths = self._quick_deaths + 1 if quick else 1
            delay = self._restarts.delay(self._quick_deaths)
            if self._quick_deaths == self._restarts.max_quick_deaths:
                longest = self._restarts.backoff.longest
                self._console.gave_up(self.program, self.output, code, longest)
                self.settled.set()
            elif self.ready.is_set() or not self._restarts.is_hopeless(self._quick_deaths):
                self._console.died(self.program.name, code, delay)
            self.ready.clear()
            await asyncio.sleep(add_jitter(delay))

    def kill(self) -> None:
        if self._process and self._process.returncode is None:
            pidfile.signal_group(self._process.pid, signal.SIGKILL)

    async def _run_once(self) -> int:
        """Run the program once and return its exit code."""
        stale = await self.program.probe()
        await pidfile.end_holder(self._pid_file)
        with pidfile.locked(self._pid_file) as descriptor:
            self._process = process = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                env=self._environment,
                pass_fds=[descriptor],
                # Its own session, so that Ctrl-C in the terminal reaches the parent only.
                start_new_session=True,
            )
            pidfile.write(descriptor, process.pid)
        assert process.stdout  # noqa: S101 - for the type checker
        copying = asyncio.create_task(self.output.copy(process.stdout))

        async def probe_until_ready() -> None:
            while await self.program.probe() in {None, stale}:  # noqa: ASYNC110 - another process sets no event here
                await asyncio.sleep(_PROBE_INTERVAL)
            if self._quick_deaths:
                self._console.runs_again(self.program.name)
            self.ready.set()
            self.settled.set()

        probing = asyncio.create_task(probe_until_ready())
        try:
            return await process.wait()
        finally:
            await self._terminate(process)
            probing.cancel()
            await asyncio.wait({copying, probing}, timeout=1)
            copying.cancel()
            self._process = None

    async def _terminate(self, process: Process, max_quick_deaths: float = 10) -> None:
        if process.returncode is not None:
            return
        pidfile.signal_group(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(max_quick_deaths):
                await process.wait()
        except TimeoutError:
            self._console.killed(self.program.name, max_quick_deaths)
            self.kill()
            await process.wait()
