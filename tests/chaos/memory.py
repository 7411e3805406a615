"""Processes under the memory limits of the systemd units, by a control group; needs root.

https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


class MemoryLimit:
    """`folder` is None where no group can be created: then nothing is limited."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @property
    def is_in_force(self) -> bool:
        return self._folder is not None

    def add(self, pid: int) -> None:
        if self._folder:
            (self._folder / "cgroup.procs").write_text(str(pid))

    def kills(self) -> int:
        """Return how many processes the kernel has killed for it."""
        if not self._folder:
            return 0
        names = ("memory.oom_control", "memory.events")
        texts = [path.read_text() for name in names if (path := self._folder / name).exists()]
        fields = (line.split() for text in texts for line in text.splitlines())
        return sum(int(value) for name, value in fields if name == "oom_kill")


@contextmanager
def memory_limit(limit: int) -> Iterator[MemoryLimit]:
    """A group whose processes share this many bytes."""
    folder = _own_group() if os.geteuid() == 0 else None
    if folder:
        folder = Path(tempfile.mkdtemp(prefix="darkroom-chaos-", dir=folder))
        name = "memory.max" if (folder / "memory.max").exists() else "memory.limit_in_bytes"
        (folder / name).write_text(str(limit))
    try:
        yield MemoryLimit(folder)
    finally:
        if folder:
            with suppress(OSError):  # one of its processes may still be ending
                folder.rmdir()


def _own_group() -> Path | None:
    """Return this process's group, by version 1 or 2; None without a memory controller."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return _ROOT / "memory" / path.lstrip("/")
        if not controllers and (_ROOT / "cgroup.controllers").exists():
            folder = _ROOT / path.lstrip("/")
            is_enabled = "memory" in (folder / "cgroup.subtree_control").read_text().split()
            return folder if is_enabled else None
    return None
