import errno
import os
from pathlib import Path

import pytest
from PIL import Image

from infra.errors import BrokenResult, StorageError
from infra.images.reader import read_headers
from infra.storage.disk_errors import own_files
from tests.infra.full_disk import full_disk


@pytest.mark.parametrize(
    "code", ["ENOSPC", "EIO", "EROFS", "EACCES", "EDQUOT", "ENOENT", "EMFILE", "EINVAL"]
)
def test_os_error_of_a_file_is_a_storage_failure(code: str) -> None:
    """Every OS error of a file is the storage's failure: an operator can fix it, and the file is not at fault."""
    number = getattr(errno, code)
    with pytest.raises(StorageError, match=code), own_files():
        raise OSError(number, os.strerror(number))


def test_full_disk_is_reported(tmp_path: Path) -> None:
    """The system's own error in the middle of a file is recognised."""
    with full_disk(10), pytest.raises(StorageError, match="EFBIG"), own_files():
        (tmp_path / "file").write_bytes(bytes(11))


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), TimeoutError(110, "late"), OSError("truncated")]
)
def test_other_os_errors_are_not_converted(error: OSError) -> None:
    """Network and decoder errors have the same base class and are not converted."""
    with pytest.raises(type(error)), own_files():
        raise error


def test_unreadable_file_is_not_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder raises both: a disk error is passed on, an error of the bytes is the file's."""
    path = tmp_path / "picture.png"
    Image.new("RGB", (40, 30)).save(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(BrokenResult):
        read_headers([path])

    def fail(*_: object, **__: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(StorageError), own_files():
        read_headers([path])
