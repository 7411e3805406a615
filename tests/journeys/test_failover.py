"""Sentinel failover while jobs are active."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.message import is_photo
from tests.processes import Installation, eventually, said_on_failure
from tests.sentinels import Replication, replication
from tests.user import User, create_user

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture
def replicated() -> Iterator[Replication]:
    """Three nodes: with two, the remaining one would wait for a replica (docs/adr/0010)."""
    with tempfile.TemporaryDirectory() as directory, replication(Path(directory)) as servers:
        yield servers


@pytest.fixture
def installation(tmp_path: Path, replicated: Replication) -> Iterator[Installation]:
    with Installation(tmp_path, replicated.url, "webhook", pace=0.5) as running:
        yield running


async def test_job_survives_a_failover(installation: Installation, replicated: Replication) -> None:
    """An image that fal makes while the master is killed comes once and is paid once; the next job works; the doctor
    passes."""
    with said_on_failure(installation):
        async with await create_user(installation.telegram_url, "Аня") as user:
            await user.say("/image маяк")
            await eventually(lambda: has_paid(installation, 1), "fal has the picture")
            old = replicated.master
            old.kill()
            await eventually(lambda: has_pictures(user, 1), "the picture is there")
            assert replicated.master is not old
            await user.say("/image гавань")
            await eventually(lambda: has_pictures(user, 2), "the next picture is there")
            await eventually(lambda: are_done(installation, 2), "both jobs are done")
            assert await has_pictures(user, 2)
            assert await has_paid(installation, 2)
    for command in (("arq", "--check", "worker.main.ImageWorker"), ("infra.doctor",)):
        code, said = said_by(installation, *command)
        assert code == 0, said


async def has_paid(installation: Installation, number: int) -> bool:
    return len(await answer(f"{installation.fal_url}/requests?queued=1")) == number


async def has_pictures(user: User, number: int) -> bool:
    return sum(map(is_photo, await user.from_bot())) == number


async def are_done(installation: Installation, number: int) -> bool:
    jobs = (await answer(f"{installation.api_url}/jobs"))["jobs"]
    return [job["status"] for job in jobs] == ["done"] * number


async def answer(url: str) -> Any:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(url)).raise_for_status().json()


def said_by(installation: Installation, *command: str) -> tuple[int, str]:
    """Return the exit code and the output of an operator's command."""
    ended = installation.run_command(sys.executable, "-m", *command)
    return ended.returncode, ended.stdout + ended.stderr
