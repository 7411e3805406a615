"""Hosts of a network of their own: a namespace each, joined by a bridge that leads nowhere else.

https://man7.org/linux/man-pages/man8/ip-netns.8.html
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "darkroom-"
_LAN = f"{_PREFIX}lan"
_NAMESPACES = Path("/run/netns")


@dataclass(frozen=True)
class Host:
    """One machine: its name, and where it stands in the network."""

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
        """The command that runs another one there."""
        return ("ip", "netns", "exec", self.namespace)

    def plug(self) -> None:
        _ip("-n", _LAN, "link", "set", f"to-{self.name}", "up")

    def unplug(self) -> None:
        """Pull its cable: what runs there goes on, and nobody hears of it."""
        _ip("-n", _LAN, "link", "set", f"to-{self.name}", "down")

    def enter(self) -> None:
        """Have this very process's sockets be of this host."""
        with (_NAMESPACES / self.namespace).open() as namespace:
            os.setns(namespace.fileno(), os.CLONE_NEWNET)


@contextmanager
def network(names: Sequence[str]) -> Iterator[list[Host]]:
    """What a run that was killed has left behind goes first."""
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
    left = sorted(_NAMESPACES.glob(f"{_PREFIX}*")) if _NAMESPACES.exists() else []
    for namespace in left:
        _ip("netns", "delete", namespace.name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)  # noqa: S607 - found as any administrator finds it
