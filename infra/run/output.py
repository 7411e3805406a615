"""Output of a program: everything to its log file, problems also to the console."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

_LARGEST_LOG = 10_000_000


class Output:
    """`on_problem` gets the lines that the pattern finds."""

    def __init__(
        self, log: Path, problem_pattern: re.Pattern[str], on_problem: Callable[[str], None]
    ) -> None:
        self.log = log
        self._problem_pattern = problem_pattern
        self._on_problem = on_problem
        self._last: deque[str] = deque(maxlen=12)

    @property
    def last_lines(self) -> tuple[str, ...]:
        return tuple(self._last)

    async def copy(self, stream: asyncio.StreamReader) -> None:
        self._last.clear()
        unfinished = b""
        # Not line by line: the stream refuses a line longer than its buffer.
        while chunk := await stream.read(65536):
            self._keep(chunk)
            *lines, unfinished = (unfinished + chunk).split(b"\n")
            for line in lines:
                self._notice(line.decode(errors="replace"))
        if unfinished:
            self._notice(unfinished.decode(errors="replace"))

    def add(self, line: str) -> None:
        """Add a line to the program's output."""
        self._keep(f"{line}\n".encode())
        self._notice(line)

    def _keep(self, chunk: bytes) -> None:
        try:
            if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
                self.log.replace(self.log.with_suffix(".log.1"))
            with self.log.open("ab") as log:
                log.write(chunk)
        except OSError as error:
            # Keep reading: a full pipe would block the program.
            self._on_problem(f"(its log {self.log} cannot be written: {error.strerror})")

    def _notice(self, line: str) -> None:
        self._last.append(line)
        if self._problem_pattern.search(line):
            self._on_problem(line)
