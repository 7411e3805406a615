"""Files of our own on their way: what the disk does to them is the storage's trouble, not theirs."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from infra.errors import StorageError

# What a decoder's own errors are not: those of a damaged file have no number, or others (EINVAL for a wild seek).
_DISK = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ESTALE),
        *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EMFILE, errno.ENFILE),
    }
)


def is_disk_error(error: BaseException) -> bool:
    """Whether an error says something about the disk, and nothing about what a file holds."""
    return isinstance(error, OSError) and error.errno in _DISK


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
