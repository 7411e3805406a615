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
def test_what_the_system_does_to_a_file_is_the_storages_trouble(code: str) -> None:
    """Whatever it is: somebody else may mend it, and the file is not to blame."""
    number = getattr(errno, code)
    with pytest.raises(StorageError, match=code), own_files():
        raise OSError(number, os.strerror(number))


def test_a_disk_that_is_really_full_is_told_so(tmp_path: Path) -> None:
    """By the system itself, in the middle of a file."""
    with full_disk(10), pytest.raises(StorageError, match="EFBIG"), own_files():
        (tmp_path / "file").write_bytes(bytes(11))


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), TimeoutError(110, "late"), OSError("truncated")]
)
def test_what_is_no_trouble_of_the_disk_stays_what_it_is(error: OSError) -> None:
    """A network's errors are of the same family, and so are those of a decoder."""
    with pytest.raises(type(error)), own_files():
        raise error


def test_a_file_that_cannot_be_read_is_not_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder meets both: what the disk does is passed on, what the bytes are is the file's own."""
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
