"""Hosts with a network of their own: a namespace each, joined by an isolated bridge.

https://man7.org/linux/man-pages/man8/ip-netns.8.html
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.programs import find_program

_PREFIX = "darkroom-"
_LAN = f"{_PREFIX}lan"
_NAMESPACES = Path("/run/netns")
_END_SECONDS = 10.0


@dataclass(frozen=True)
class Host:
    """One machine: its name, and its address."""

    name: str
    number: int

    @property
    def address(self) -> str:
        return f"10.77.0.{self.number}"

    @property
    def namespace(self) -> str:
        return f"{_PREFIX}{self.name}"

    @property
    def prefix(self) -> tuple[str, ...]:
        """The command prefix that runs another command there."""
        return (find_program("ip", "iproute2"), "netns", "exec", self.namespace)

    def plug(self) -> None:
        _ip("-n", _LAN, "link", "set", f"to-{self.name}", "up")

    def unplug(self) -> None:
        """Disconnect it; its processes continue without a network."""
        _ip("-n", _LAN, "link", "set", f"to-{self.name}", "down")

    def enter(self) -> None:
        """Move this process's sockets to this host."""
        with (_NAMESPACES / self.namespace).open() as namespace:
            os.setns(namespace.fileno(), os.CLONE_NEWNET)


@contextmanager
def network(names: Sequence[str]) -> Iterator[list[Host]]:
    """Create the network, after removing what a killed run has left."""
    _sweep()
    try:
        _ip("netns", "add", _LAN)
        _ip("-n", _LAN, "link", "add", "bridge", "type", "bridge")
        _ip("-n", _LAN, "link", "set", "bridge", "up")
        hosts = [Host(name, number) for number, name in enumerate(names, 1)]
        for host in hosts:
            _add(host)
        yield hosts
    finally:
        _sweep()


def _add(host: Host) -> None:
    _ip("netns", "add", host.namespace)
    inside = ("-n", host.namespace)
    end = f"to-{host.name}"
    peer = ("peer", "name", end, "netns", _LAN)
    _ip(*inside, "link", "add", "lan", "type", "veth", *peer)
    _ip("-n", _LAN, "link", "set", end, "master", "bridge")
    _ip(*inside, "address", "add", f"{host.address}/24", "dev", "lan")
    for device in ("lo", "lan"):
        _ip(*inside, "link", "set", device, "up")
    host.plug()


def _sweep() -> None:
    """Remove namespaces, processes first: a namespace stays while a process is in it."""
    left = sorted(_NAMESPACES.glob(f"{_PREFIX}*")) if _NAMESPACES.exists() else []
    for namespace in left:
        _end_all(namespace.name)
        _ip("netns", "delete", namespace.name)


def _end_all(namespace: str) -> None:
    """Kill its processes, except this one."""
    deadline = time.monotonic() + _END_SECONDS
    while running := _pids(namespace):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {running} in {namespace} do not end")
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _pids(namespace: str) -> list[int]:
    found = [int(pid) for pid in _ip("netns", "pids", namespace).split()]
    return [pid for pid in found if pid != os.getpid() and not _is_dead(pid)]


def _is_dead(pid: int) -> bool:
    """Gone, or a child that this process has not reaped yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def _ip(*arguments: str) -> str:
    ended = subprocess.run(
        [find_program("ip", "iproute2"), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ended.stdout
