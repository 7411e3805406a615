"""The files of all backups: one folder, to which each backup adds new files, with a list of checksums.

`sha256sum --check media.sha256` in that folder verifies it without Darkroom.
"""

import contextlib
import hashlib
from pathlib import Path

from anyio import Path as AsyncPath

from infra.cli import progress
from infra.errors import NotStored, StorageError
from infra.storage.store import Storage


class MediaFolder:
    """Files by their storage keys; a file appears only when it is complete."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._list = folder / "media.sha256"
        self._known: dict[str, str] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self._list.read_text().splitlines():
                digest, key = line.split("  ", 1)
                self._known[key] = digest

    async def add(self, storage: Storage, key: str) -> bool:
        """Copy a file from the storage; False if this folder has it already or it is gone from the storage."""
        path = self._folder / key
        if key in self._known and path.is_file():
            return False
        part = AsyncPath(path.with_name(f".{path.name}.part"))
        await part.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            async with await part.open("wb") as file:
                async for piece in storage.read(key):
                    digest.update(piece)
                    await file.write(piece)
        except NotStored:
            await part.unlink(missing_ok=True)
            return False
        await part.replace(path)
        self._known[key] = digest.hexdigest()
        with self._list.open("a") as checksums:
            checksums.write(f"{digest.hexdigest()}  {key}\n")
        return True

    async def give_back(self, storage: Storage, key: str) -> bool:
        """Copy a file back to the storage; False if it is there or this folder lacks it. Raises StorageError."""
        if key not in self._known:
            return False
        with contextlib.suppress(NotStored):
            await storage.size(key)
            return False
        self.check(key)
        await storage.save(self._folder / key, key)
        return True

    def check(self, key: str) -> None:
        """Raise StorageError if a file is missing or damaged."""
        try:
            with (self._folder / key).open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == self._known.get(key)
        except FileNotFoundError:
            is_same = False
        if not is_same:
            raise StorageError(f"{key} is missing from the backup, or damaged.")

    def check_all(self) -> None:
        with progress("Files", len(self)) as advance:
            for key in self._known:
                self.check(key)
                advance(1)

    def __len__(self) -> int:
        return len(self._known)
