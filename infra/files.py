"""Files of our own on their way: what the disk does to them is the storage's trouble, not theirs."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import StorageError

#: Seconds: no step writes to a file for so long.
ABANDONED_AFTER = 3600


@contextmanager
def own_files() -> Iterator[None]:
    """Raise StorageError for what the system does to a file of ours: a full, broken or read-only disk."""
    try:
        yield
    except OSError as error:
        # A network's errors are OSErrors too, and a decoder's have no number.
        if error.errno is None or isinstance(error, ConnectionError | TimeoutError):
            raise
        reason = errno.errorcode.get(error.errno, f"error {error.errno}")
        raise StorageError(f"A file cannot be written or read here ({reason}).") from error


def remove_abandoned(folder: Path) -> int:
    """Delete the partial files that nobody writes any more; how many there were. Raises StorageError."""
    removed, newest = 0, time.time() - ABANDONED_AFTER
    with own_files():
        for path in folder.glob("*") if folder.is_dir() else ():
            # Another process may sweep the same folder.
            if path.is_file() and path.stat().st_mtime < newest:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
