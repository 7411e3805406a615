"""Backup and restore while jobs are active."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.processes import Installation, eventually, said_on_failure
from tests.terminal import DARKROOM
from tests.user import create_user
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def installation() -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(
            Path(directory), valkey.url, pace=0.5, warm=False, settings={"fal_slots": "1"}
        ) as running,
    ):
        yield running


def run_command(installation: Installation, *arguments: str) -> str:
    ended = installation.run_command(DARKROOM, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


async def jobs_of(installation: Installation) -> dict[str, dict[str, Any]]:
    async with httpx.AsyncClient(trust_env=False) as http:
        listed = (await http.get(f"{installation.api_url}/jobs")).raise_for_status().json()
    return {job["prompt"]: job for job in listed["jobs"]}


async def paid(installation: Installation) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        return len((await http.get(f"{installation.fal_url}/requests?queued=1")).json())


async def test_restore_pays_for_nothing_twice(
    installation: Installation,
) -> None:
    """Done jobs have their files; jobs that fal had end normally; jobs that waited may have been posted and become
    unconfirmed."""
    with said_on_failure(installation):
        async with await create_user(installation.telegram_url, "Ben", "en") as ben:
            await ben.say("/image a lighthouse")
            await ben.wait_for(lambda message: "photo" in message, timeout=30)
            await ben.say("/image a harbour #slow")
            await ben.say("/image a ship")

            async def one_is_there_and_one_waits() -> bool:
                found = await jobs_of(installation)
                states = [
                    found.get(name, {}).get("status") for name in ("a harbour #slow", "a ship")
                ]
                return states in (["queued", "created"], ["running", "created"])

            await eventually(one_is_there_and_one_waits, "fal has one job, the next one waits")
            run_command(installation, "backup", "create", "backups")

            async def all_done() -> bool:
                return {job["status"] for job in (await jobs_of(installation)).values()} == {"done"}

            await eventually(all_done, "jobs ran after the backup")
            before = await paid(installation)
            assert before == 3

            installation.web.stop()
            installation.worker.stop()
            with Redis.from_url(installation.redis_url) as redis:
                redis.flushall()
            shutil.rmtree(installation.folder / "media")

            (backup,) = (installation.folder / "backups").glob("2*Z")
            run_command(installation, "backup", "verify", str(backup))
            assert "1 jobs may have been posted since" in run_command(
                installation, "restore", str(backup)
            )
            installation.worker.start()
            installation.web.start()
            installation.wait_until_healthy()

            async def all_ended() -> bool:
                found = await jobs_of(installation)
                states = {name: (job["status"], job.get("failure")) for name, job in found.items()}
                return states == {
                    "a lighthouse": ("done", None),
                    "a harbour #slow": ("done", None),
                    "a ship": ("failed", "unconfirmed"),
                }

            await eventually(all_ended, "the active jobs have ended")
            images = (installation.folder / "media" / "images").rglob("*-1.*")
            assert len([path for path in images if "thumb" not in path.name]) == 2
            assert await paid(installation) == before

            await ben.say("/my")
            await ben.wait_for(lambda message: "photo" in message, timeout=20)
            await ben.say("/image a gull")
            await ben.wait_for(lambda message: "photo" in message, timeout=30)
            assert await paid(installation) == before + 1
