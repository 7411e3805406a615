"""Check that the storage can be written, read and deleted from, and has free space."""

import shutil
from collections.abc import Sequence
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
    media_dir = settings.media_dir

    async def make() -> None:
        await AsyncPath(media_dir).mkdir(parents=True)

    # Opening would create the folder with this user as owner, not the service's user.
    if not media_dir.is_dir():
        what = f"media_dir does not exist: {media_dir}."
        return [problem(what, "Create it as the service's user.", make)]
    where = "The object storage" if settings.storage_url else f"{media_dir}"
    found = ok(f"{where}: writing, reading and deleting work.")
    try:
        await Storage.open(media_dir, settings.storage_url).check()
    except StorageError as error:
        setting = "storage_url and its credentials" if settings.storage_url else "media_dir's owner"
        found = problem(str(error), f"Check {setting}.")
    return [found, check_free_space(media_dir)]


def check_free_space(media_dir: Path) -> Finding:
    """Check the free space. Results pass through this folder also with an object storage."""
    free = shutil.disk_usage(media_dir).free
    left = f"{free / _GIB:.1f} GiB are free at {media_dir}."
    if free < _NEXT_TO_NOTHING:
        return problem(left, _MAKE_ROOM)
    return warning(left, _MAKE_ROOM) if free < _LITTLE else ok(left)
