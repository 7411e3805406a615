"""Backups of Redis and of the files of its jobs.

backups/media/…                     the files of all backups, once each, and media.sha256
backups/20261123T021500Z/redis.gz   the keys (redis_dump.py)
backups/20261123T021500Z/manifest.json
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from arq.connections import ArqRedis

from infra.cli import progress
from infra.errors import StorageError
from infra.process.version import read_version
from infra.redis.clock import RedisClock
from infra.storage.store import Storage
from worker.jobs.record import DamagedJob
from worker.jobs.store import JobStore
from worker.limits.limits import UNLIMITED
from worker.model import Job
from worker.operations.backup.media import MediaFolder
from worker.operations.backup.redis_dump import DumpError, dump, records

_PAGE = 100
# The backup has the users' prompts and images.
_MODE = 0o700
#: Prints the progress.
type Say = Callable[[str], None]


@dataclass(frozen=True)
class Manifest:
    """Version, time and checksum of a backup."""

    created_at: str
    version: str
    keys: int
    sha256: str

    def write(self, folder: Path) -> None:
        (folder / "manifest.json").write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder's manifest. Raises DumpError if the folder holds no backup."""
        try:
            return cls(**json.loads((folder / "manifest.json").read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise DumpError(
                f"{folder} holds no backup: name a folder with a manifest.json."
            ) from error


async def create(redis: ArqRedis, storage: Storage, backups: Path, say: Say) -> Path:
    """Make a backup while the service runs; its folder appears only when it is complete.

    Raises DumpError if there is one of this second, and StorageError if the folder is the storage's own.
    """
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%SZ}"
    made, part, media = backups / name, backups / f".{name}.part", backups / "media"
    media.mkdir(_MODE, parents=True, exist_ok=True)
    await check_apart(storage, backups)
    if made.exists() or part.exists():
        raise DumpError(f"There is a backup of this second already: {made}. Run the command again.")
    part.mkdir(_MODE)
    with progress("Redis", await redis.dbsize()) as advance:
        keys = await dump(redis, part / "redis.gz", advance)
    say(f"{keys} keys of Redis")
    # Files come after the keys: a file is stored before its job names it.
    folder, added = MediaFolder(media), 0
    async for record in each_record_shown(redis):
        for key in record.stored_keys:
            added += await folder.add(storage, key)
    say(f"{added} new files")
    version = read_version()["version"]
    Manifest(now.isoformat(), version, keys, sha256_of(part / "redis.gz")).write(part)
    return part.rename(made)


async def check_apart(storage: Storage, backups: Path) -> None:
    """Raise StorageError if the backup would share the service's own files, and so protect nothing."""
    if await Storage.open(backups / "media", None).is_same_place(storage):
        raise StorageError(
            f"{backups / 'media'} is where the service keeps its files: name another folder."
        )


async def verify(folder: Path, say: Say) -> None:
    """Compare every byte with its checksum. Raises DumpError or StorageError if the backup is damaged."""
    check_dump(folder)
    number = sum(1 for _ in records(folder / "redis.gz"))
    media = media_of(folder)
    media.check_all()
    say(f"{number} keys and {len(media)} files match their checksums")


def check_dump(folder: Path) -> None:
    """Raise DumpError if the keys do not match their checksum."""
    if Manifest.read(folder).sha256 != sha256_of(folder / "redis.gz"):
        raise DumpError(f"{folder / 'redis.gz'} is damaged: take another backup.")


def media_of(folder: Path) -> MediaFolder:
    return MediaFolder(folder.absolute().parent / "media")


async def every_record(jobs: JobStore) -> AsyncIterator[Job | DamagedJob]:
    """Yield all jobs, newest first, a page at a time."""
    cursor = None
    while True:
        page = await jobs.page(cursor=cursor, limit=_PAGE)
        for record in page.records:
            yield record
        cursor = page.cursor
        if cursor is None:
            return


async def each_record_shown(redis: ArqRedis) -> AsyncIterator[Job | DamagedJob]:
    """Yield all jobs, only for reading, with a progress bar."""
    jobs = JobStore(redis, UNLIMITED, RedisClock(redis))
    with progress("Files of jobs", await redis.zcard("darkroom:jobs")) as advance:
        async for record in every_record(jobs):
            yield record
            advance(1)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
