"""PID files that are locked while the process or one of its children lives.

A child inherits the open file and with it the lock, so a stale file or a reused process id is never mistaken for a
running process. https://man7.org/linux/man-pages/man2/flock.2.html
"""

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path


class PidfileLocked(BlockingIOError):  # noqa: N818 - named after the file's state
    """Another running process holds the file."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"{path} is held by process {pid or 'unknown'}")
        self.pid = pid


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Lock the file and yield its descriptor, which a child may inherit. Raises PidfileLocked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(descriptor, 32, 0).strip()
            raise PidfileLocked(path, int(text) if text.isdigit() else None) from None
        yield descriptor
    finally:
        os.close(descriptor)


def write(descriptor: int, pid: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{pid}\n".encode(), 0)


def holder(path: Path) -> int | None:
    """Return the id of the running process that holds the file."""
    try:
        with locked(path):
            return None
    except PidfileLocked as held:
        return held.pid


async def end_holder(path: Path, timeout_seconds: float = 10) -> int | None:
    """Stop the process group that holds the file, with SIGKILL after `timeout_seconds` seconds; return its id."""
    pid = holder(path)
    if pid is None:
        return None
    signal_group(pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(timeout_seconds):
            await _released(path)
    except TimeoutError:
        signal_group(pid, signal.SIGKILL)
        await _released(path)
    return pid


async def _released(path: Path) -> None:
    while holder(path) is not None:  # noqa: ASYNC110 - another process sets no event here
        await asyncio.sleep(0.05)


def signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
