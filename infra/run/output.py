"""What a program prints: all of it into its log file, its trouble to the console at once."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

_LARGEST_LOG = 10_000_000


class Output:
    """`on_trouble` gets the lines that the pattern finds."""

    def __init__(
        self, log: Path, trouble: re.Pattern[str], on_trouble: Callable[[str], None]
    ) -> None:
        self.log = log
        self._trouble = trouble
        self._on_trouble = on_trouble
        self._last: deque[str] = deque(maxlen=12)

    @property
    def last_lines(self) -> tuple[str, ...]:
        return tuple(self._last)

    async def copy(self, stream: asyncio.StreamReader) -> None:
        self._last.clear()
        self._rotate()
        with self.log.open("ab", buffering=0) as log:
            unfinished = b""
            # Not by lines: the stream refuses a line longer than its buffer.
            while chunk := await stream.read(65536):
                log.write(chunk)
                *lines, unfinished = (unfinished + chunk).split(b"\n")
                for line in lines:
                    self._notice(line.decode(errors="replace"))
        if unfinished:
            self._notice(unfinished.decode(errors="replace"))

    def add(self, line: str) -> None:
        """Put a remark of our own among the program's lines."""
        with self.log.open("a") as log:
            log.write(f"{line}\n")
        self._notice(line)

    def _notice(self, line: str) -> None:
        self._last.append(line)
        if self._trouble.search(line):
            self._on_trouble(line)

    def _rotate(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
