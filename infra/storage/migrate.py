"""Bring all results from one storage into another: a folder into S3, say, or back.

python -m infra.archive media s3://bucket/team
python -m infra.archive s3://bucket/team media --delete-source

Each file is read back and compared. Only then is its source deleted, if that was asked for. Files that have arrived
are not sent again, so the same command continues an interrupted run. One run at a time holds both places: of two runs
in opposite directions each would delete what the other had just compared.
"""

import argparse
import asyncio
import hashlib
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.errors import DarkroomError, NotStored, StorageError
from infra.process.hard_exit import leave
from infra.storage.store import FOLDERS, Storage, StoredFile

_AT_ONCE = 8
#: Held in the source and in the target while a run lasts.
LOCK = "archive.lock"
_BAR = 30


@dataclass
class Progress:
    """Files and bytes; `copied` counts those that had to be sent."""

    files: int = 0
    size: int = 0
    seen: int = 0
    seen_size: int = 0
    copied: int = 0

    def line(self) -> str:
        share = self.seen_size / self.size if self.size else 1.0
        bar = ("█" * round(share * _BAR)).ljust(_BAR, "░")
        return (
            f"{bar} {share:4.0%}  {self.seen} of {self.files} files, {self.seen_size / 1e6:.0f} MB"
        )


async def move(
    source: Storage,
    target: Storage,
    say: Callable[[Progress], None],
    *,
    deletes_source: bool = False,
    is_dry: bool = False,
) -> Progress:
    """Copy all that the target lacks; a dry run only counts it. Raises StorageError.

    Nothing is deleted unless source and target are two places.
    """
    if await target.is_same_place(source):
        raise StorageError("Source and target are the same place. Nothing was changed.")
    async with AsyncExitStack() as stack:
        for storage in () if is_dry else (source, target):
            await stack.enter_async_context(_locked(storage))
        return await _move_all(source, target, say, deletes_source=deletes_source, is_dry=is_dry)


@asynccontextmanager
async def _locked(storage: Storage) -> AsyncIterator[None]:
    if not await storage.claim(LOCK, b""):
        raise StorageError(
            f"Another run is at work here, or was killed. If none is, delete {LOCK} and run the command again."
        )
    try:
        yield
    finally:
        await storage.delete(LOCK)


async def _move_all(
    source: Storage,
    target: Storage,
    say: Callable[[Progress], None],
    *,
    deletes_source: bool,
    is_dry: bool,
) -> Progress:
    progress = Progress()
    async for file in _all(source):
        progress.files += 1
        progress.size += file.size
    async for some in _batches(_all(source)):
        moved = (_move(source, target, file, deletes_source, is_dry) for file in some)
        progress.copied += sum(await asyncio.gather(*moved))
        progress.seen += len(some)
        progress.seen_size += sum(file.size for file in some)
        say(progress)
    return progress


async def _move(
    source: Storage,
    target: Storage,
    file: StoredFile,
    deletes_source: bool,  # noqa: FBT001 - what the command was told
    is_dry: bool,  # noqa: FBT001 - the same
) -> bool:
    is_there = await _size(target, file.key) == file.size
    if is_dry:
        return not is_there
    wanted = await _digest(source, file.key)
    if not is_there or await _digest(target, file.key) != wanted:
        is_there = False
        await _copy(source, target, file.key)
        if await _digest(target, file.key) != wanted:
            raise StorageError(f"{file.key} did not arrive as it was; run the command again.")
    if deletes_source:
        await source.delete(file.key)
    return not is_there


async def _copy(source: Storage, target: Storage, key: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="darkroom-") as part:
        async for piece in source.read(key):
            await asyncio.to_thread(part.write, piece)
        part.flush()
        await target.save(Path(part.name), key)


async def _digest(storage: Storage, key: str) -> bytes:
    digest = hashlib.sha256()
    async for piece in storage.read(key):
        digest.update(piece)
    return digest.digest()


async def _size(storage: Storage, key: str) -> int | None:
    try:
        return await storage.size(key)
    except NotStored:
        return None


async def _all(storage: Storage) -> AsyncIterator[StoredFile]:
    for folder in FOLDERS:
        async for file in storage.files(folder):
            yield file


async def _batches(files: AsyncIterator[StoredFile]) -> AsyncIterator[list[StoredFile]]:
    some: list[StoredFile] = []
    async for file in files:
        some.append(file)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _open(place: str) -> Storage:
    return Storage.open(Path(place), place if "://" in place else None)


def _is_nested(one: str, other: str) -> bool:
    """Whether one place lies within the other: its files would be listed as the other's."""
    if "://" in one or "://" in other:
        inner, outer = sorted(
            (f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"), key=len, reverse=True
        )
        return inner.startswith(outer)
    first, second = Path(one).resolve(), Path(other).resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


def _draw(progress: Progress) -> None:
    # A log keeps every line; a terminal has one that changes.
    end = "\r" if sys.stdout.isatty() else "\n"
    print(progress.line(), end=end, flush=True)  # noqa: T201 - a command's output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.archive",
        description="Bring all results from one storage into another; run again, it goes on.",
    )
    for name in ("source", "target"):
        parser.add_argument(name, help="a folder, or an address such as s3://bucket/prefix")
    parser.add_argument("--delete-source", action="store_true", help="once it has arrived")
    parser.add_argument("--dry-run", action="store_true", help="only count what is missing")
    return parser


async def _run(arguments: argparse.Namespace) -> str:
    if "://" not in arguments.source and not await asyncio.to_thread(Path(arguments.source).is_dir):
        raise StorageError(f"There is no folder {arguments.source}.")
    if await asyncio.to_thread(_is_nested, arguments.source, arguments.target):
        raise StorageError("Source and target overlap: name two places, neither within the other.")
    done = await move(
        _open(arguments.source),
        _open(arguments.target),
        _draw,
        deletes_source=arguments.delete_source,
        is_dry=arguments.dry_run,
    )
    what = "to be copied" if arguments.dry_run else "copied, all compared"
    return f"\n{done.files} files, {done.copied} {what}."


def main() -> int:
    try:
        said, code = asyncio.run(_run(_parser().parse_args())), 0
    except DarkroomError as error:
        said, code = f"\n{error}", 1
    print(said)  # noqa: T201 - a command's output
    return code


if __name__ == "__main__":
    leave(main())
