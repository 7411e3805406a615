"""`darkroom migrate-media`: move all results from one storage to another.

Each file is read back and compared before its source is deleted. Copied files are not sent again, so the same command
continues an interrupted run. A run locks both storages: two runs in opposite directions would delete each other's
files.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from infra.cli import CONTEXT, finish, progress
from infra.errors import NotStored, StorageError
from infra.storage.store import Storage, StoredFile

_AT_ONCE = 8
#: Lock file in the source and in the target during a run.
LOCK = "archive.lock"


@dataclass(frozen=True)
class Moved:
    """`copied` counts the files that had to be sent."""

    files: int
    copied: int


async def move(
    source: Storage,
    target: Storage,
    *,
    deletes_source: bool = False,
    is_dry: bool = False,
) -> Moved:
    """Copy all files that the target lacks; a dry run only counts them. Raises StorageError.

    It changes nothing if source and target are the same place.
    """
    if await target.is_same_place(source):
        raise StorageError("Source and target are the same place. Nothing was changed.")
    async with AsyncExitStack() as stack:
        for storage in () if is_dry else (source, target):
            await stack.enter_async_context(locked(storage))
        seen = copied = 0
        with progress("Files", sum([1 async for _ in source.all_files()])) as advance:
            async for some in batches(source.all_files()):
                moved = (move_file(source, target, file, deletes_source, is_dry) for file in some)
                copied += sum(await asyncio.gather(*moved))
                seen += len(some)
                advance(len(some))
        return Moved(seen, copied)


@asynccontextmanager
async def locked(storage: Storage) -> AsyncIterator[None]:
    if not await storage.claim(LOCK, b""):
        raise StorageError(
            f"Another run is active here, or was killed. If none is active, delete {LOCK} and run the command again."
        )
    try:
        yield
    finally:
        await storage.delete(LOCK)


async def move_file(
    source: Storage,
    target: Storage,
    file: StoredFile,
    deletes_source: bool,  # noqa: FBT001 - an option of the command
    is_dry: bool,  # noqa: FBT001 - the same
) -> bool:
    is_there = False
    with suppress(NotStored):
        is_there = await target.size(file.key) == file.size
    if is_dry:
        return not is_there
    wanted = await _digest(source, file.key)
    if not is_there or await _digest(target, file.key) != wanted:
        is_there = False
        with tempfile.NamedTemporaryFile(prefix="darkroom-") as part:
            async for piece in source.read(file.key):
                await asyncio.to_thread(part.write, piece)
            part.flush()
            await target.save(Path(part.name), file.key)
        if await _digest(target, file.key) != wanted:
            raise StorageError(f"The copy of {file.key} differs; run the command again.")
    if deletes_source:
        await source.delete(file.key)
    return not is_there


async def _digest(storage: Storage, key: str) -> bytes:
    digest = hashlib.sha256()
    async for piece in storage.read(key):
        digest.update(piece)
    return digest.digest()


async def batches(files: AsyncIterator[StoredFile]) -> AsyncIterator[list[StoredFile]]:
    some: list[StoredFile] = []
    async for file in files:
        some.append(file)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def overlap(one: str, other: str) -> bool:
    """Return whether one place is inside the other: its files would be listed as the other's."""
    if "://" in one or "://" in other:
        inner, outer = sorted(
            (f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"), key=len, reverse=True
        )
        return inner.startswith(outer)
    first, second = Path(one).resolve(), Path(other).resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


@click.command(context_settings=CONTEXT)
@click.argument("source")
@click.argument("target")
@click.option("--delete-source", is_flag=True, help="Delete each source file after its copy.")
@click.option("--dry-run", is_flag=True, help="Only count what is missing.")
def migrate_media(source: str, target: str, *, delete_source: bool, dry_run: bool) -> NoReturn:
    """Move all results from one storage to another.

    SOURCE and TARGET are folders, or addresses such as s3://bucket/prefix. Files stay in the source unless
    --delete-source is given. Every file is read back and compared. The same command continues an interrupted run.
    """

    async def move_all() -> int:
        if "://" not in source and not await asyncio.to_thread(Path(source).is_dir):
            raise StorageError(f"The folder {source} does not exist.")
        if await asyncio.to_thread(overlap, source, target):
            raise StorageError("Source and target overlap: neither may be inside the other.")
        here, there = (
            Storage.open(Path(place), place if "://" in place else None)
            for place in (source, target)
        )
        done = await move(here, there, deletes_source=delete_source, is_dry=dry_run)
        what = "to be copied" if dry_run else "copied, all compared"
        click.echo(f"{done.files} files, {done.copied} {what}.")
        return 0

    finish(move_all())


if __name__ == "__main__":
    migrate_media()
