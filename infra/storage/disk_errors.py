"""Distinction of disk errors from errors in a file's content; disk errors become StorageError."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from infra.errors import StorageError

# Decoders raise OSError without a number, or with others (EINVAL for a seek out of range), for damaged files.
_DISK = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ESTALE),
        *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EMFILE, errno.ENFILE),
    }
)


def is_disk_error(error: BaseException) -> bool:
    """Return whether an error is about the disk and not about a file's content."""
    return isinstance(error, OSError) and error.errno in _DISK


@contextmanager
def own_files() -> Iterator[None]:
    """Turn errors of a full, broken or read-only disk into StorageError."""
    try:
        yield
    except OSError as error:
        # Network errors are OSErrors, too; a decoder's have no number.
        if error.errno is None or isinstance(error, ConnectionError | TimeoutError):
            raise
        reason = errno.errorcode.get(error.errno, f"error {error.errno}")
        raise StorageError(f"A local file cannot be written or read ({reason}).") from error
