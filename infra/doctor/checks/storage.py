"""Check that the storage can be written, read and deleted from, and has free space."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from anyio import Path as AsyncPath

from infra.doctor.finding import Finding, ok, problem, warning
from infra.errors import StorageError
from infra.settings import Settings
from infra.storage.store import Storage

_GIB = 1024**3
_LITTLE, _NEXT_TO_NOTHING = 5 * _GIB, _GIB // 2
_MAKE_ROOM = "Free some space, or move the results to an object storage (docs/operations.md)."


async def check(settings: Settings) -> Sequence[Finding]:
    # Opening would create the folder with this user as owner, not the service's user.
    if not settings.media_dir.is_dir():
        return [_missing(settings.media_dir)]
    return [await _use(settings), *_free_space(settings.media_dir)]


def _missing(media_dir: Path) -> Finding:
    async def make() -> None:
        await AsyncPath(media_dir).mkdir(parents=True)

    return problem(
        f"media_dir does not exist: {media_dir}.",
        "Create it as the service's user.",
        make,
    )


async def _use(settings: Settings) -> Finding:
    try:
        await Storage.open(settings.media_dir, settings.storage_url).check()
    except StorageError as error:
        setting = "storage_url and its credentials" if settings.storage_url else "media_dir's owner"
        return problem(str(error), f"Check {setting}.")
    where = "The object storage" if settings.storage_url else f"{settings.media_dir}"
    return ok(f"{where}: writing, reading and deleting work.")


def _free_space(media_dir: Path) -> Iterator[Finding]:
    """Check the free space. Results pass through this folder also with an object storage."""
    free = shutil.disk_usage(media_dir).free
    left = f"{free / _GIB:.1f} GiB are free at {media_dir}."
    if free < _NEXT_TO_NOTHING:
        yield problem(left, _MAKE_ROOM)
    elif free < _LITTLE:
        yield warning(left, _MAKE_ROOM)
    else:
        yield ok(left)
