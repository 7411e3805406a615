"""Check that the ports are free before anything starts."""

import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LAST_PORT = 65535


@dataclass(frozen=True)
class Port:
    """`setting` is the name of the setting for another number."""

    setting: str
    number: int
    host: str = "127.0.0.1"


def problems(ports: Sequence[Port]) -> list[str]:
    """Return a message with the next step for each port that is not available."""
    return [
        problem for index, port in enumerate(ports) if (problem := _problem(port, ports[:index]))
    ]


def _problem(port: Port, earlier: Sequence[Port]) -> str | None:
    same = [other.setting for other in earlier if other.number == port.number]
    if same:
        return f"{same[0]} and {port.setting} are both {port.number}: {_choose_another(port)}"
    try:
        _bind(port)
    except OSError as error:
        return _explain(port, error)
    return None


def _bind(port: Port) -> None:
    found = socket.getaddrinfo(port.host, port.number, type=socket.SOCK_STREAM)
    family, *_, address = found[0]
    socket.create_server(address, family=family).close()


def _explain(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port.number} is in use{_by_whom(port)}. Stop that, or {_choose_another(port)}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port.number} requires root: {_choose_another(port)}"
    return f"This machine cannot listen on {port.host}. Check api_host."


def _choose_another(port: Port) -> str:
    return f"choose another with {port.setting}={_free_above(port)} make run"


def _free_above(port: Port) -> int:
    for number in range(max(port.number + 1, 1024), _LAST_PORT):
        with suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    return _LAST_PORT


def _by_whom(port: Port) -> str:
    if not Path("/proc/net/tcp").exists():
        return f" (`lsof -i :{port.number}` shows by which process)"
    inodes = set(_listening_inodes(port.number))
    return next((f" by {name}" for name in _owners(inodes)), " by a program of another user")


def _listening_inodes(number: int) -> Iterator[str]:
    # https://docs.kernel.org/networking/proc_net_tcp.html: 0A is LISTEN.
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{number:04X}") and fields[3] == "0A":
                    yield fields[9]


def _owners(inodes: set[str]) -> Iterator[str]:
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parents[1]
                arguments = (process / "cmdline").read_text().split("\0")
                # The first words identify the program; the others may contain a secret.
                words = arguments[: 3 if arguments[1:2] == ["-m"] else 2]
                yield f"`{' '.join(words).strip()}` (process {process.name})"
