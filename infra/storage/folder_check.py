"""Check of a storage that is a folder, without the library for object stores: it has 8 MB."""

import secrets
from pathlib import Path

from infra.errors import StorageError


def check_folder(folder: Path) -> None:
    """Write, read and delete a file. Raises StorageError."""
    probe = folder / f"probe-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"darkroom")
            probe.read_bytes()
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"media_dir ({folder}) cannot be used: {error.strerror}.") from error
