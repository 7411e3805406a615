"""Check that the ports are free before anything starts."""

import errno
import socket
from collections.abc import Sequence
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

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.number}"


def problems(ports: Sequence[Port]) -> list[str]:
    """Return a message with the next step for each port that is not available."""
    return [
        problem
        for index, port in enumerate(ports)
        if (problem := find_problem(port, ports[:index]))
    ]


def find_problem(port: Port, earlier: Sequence[Port]) -> str | None:
    same = [other.setting for other in earlier if other.number == port.number]
    if same:
        return f"{same[0]} and {port.setting} are both {port.number}: {_choose_another(port)}"
    try:
        found = socket.getaddrinfo(port.host, port.number, type=socket.SOCK_STREAM)
        family, *_, address = found[0]
        socket.create_server(address, family=family).close()
    except OSError as error:
        another = _choose_another(port)
        if error.errno == errno.EADDRINUSE:
            return f"Port {port.number} is in use{find_listener(port)}. Stop that, or {another}"
        if error.errno == errno.EACCES:
            return f"Port {port.number} requires root: {another}"
        return f"This machine cannot listen on {port.host}. Check api_host."
    return None


def _choose_another(port: Port) -> str:
    free = _LAST_PORT
    for number in range(max(port.number + 1, 1024), _LAST_PORT):
        with suppress(OSError), socket.create_server(("127.0.0.1", number)):
            free = number
            break
    return f"choose another with {port.setting}={free} make run"


def find_listener(port: Port) -> str:
    if not Path("/proc/net/tcp").exists():
        return f" (`lsof -i :{port.number}` shows by which process)"
    sockets = set()
    # https://docs.kernel.org/networking/proc_net_tcp.html: 0A is LISTEN.
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{port.number:04X}") and fields[3] == "0A":
                    sockets.add(f"socket:[{fields[9]}]")
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parents[1]
                arguments = (process / "cmdline").read_text().split("\0")
                # The first words identify the program; the others may contain a secret.
                words = arguments[: 3 if arguments[1:2] == ["-m"] else 2]
                return f" by `{' '.join(words).strip()}` (process {process.name})"
    return " by a program of another user"
