"""Equal shares of a core for processes, by Linux's control groups; needs root.

https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu, https://docs.kernel.org/scheduler/sched-bwc.html
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MOUNTED = Path("/sys/fs/cgroup")
# Microseconds; short periods, so that a process never pauses for long.
_PERIOD = 5000
# A file of each tree of version 2; version 1 has a tree for each controller.
_SECOND = "cgroup.subtree_control"


@dataclass(frozen=True)
class Shares:
    """Each process gets at most `share` of one core, in a group within `root`."""

    share: float
    root: Path

    def is_possible(self) -> bool:
        """Whether this process may limit others: only as root, and with a controller of the CPU."""
        group = self.root / f"darkroom-bench-{os.getpid()}"
        try:
            if (self.root / _SECOND).exists():
                (self.root / _SECOND).write_text("+cpu")
            self._make(group)
        except OSError:
            return False
        finally:
            self._remove(group)
        return True

    @contextmanager
    def limited(self, pids: Iterable[int]) -> Iterator[None]:
        """Limit these processes meanwhile; what they start is limited with them."""
        groups = {pid: self.root / f"darkroom-bench-{pid}" for pid in pids}
        try:
            for pid, group in groups.items():
                self._make(group)
                (group / "cgroup.procs").write_text(str(pid))
            yield
        finally:
            for group in groups.values():
                self._remove(group)

    def _make(self, group: Path) -> None:
        group.mkdir()
        quota = int(self.share * _PERIOD)
        if (self.root / _SECOND).exists():
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))

    def _remove(self, group: Path) -> None:
        """Remove it if it is there; its processes go on without a limit."""
        if group.exists():
            for pid in (group / "cgroup.procs").read_text().split():
                with suppress(ProcessLookupError):
                    (self.root / "cgroup.procs").write_text(pid)
            group.rmdir()


def shares_of(share: float) -> Shares | None:
    """Return None where this process may not limit others."""
    for root, sign in ((_MOUNTED, _SECOND), (_MOUNTED / "cpu", "cpu.cfs_quota_us")):
        if (root / sign).exists() and (shares := Shares(share, root)).is_possible():
            return shares
    return None
