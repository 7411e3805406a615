"""The upgrade of docs/operations.md: two versions serve side by side, and no job is lost, paid or delivered twice."""

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from redis import Redis

from tests.message import job_id
from tests.processes import ROOT, Installation, Process, eventually, said_on_failure, wait_until
from tests.programs import find_program
from tests.user import User, create_users
from tests.valkey import ValkeyServer

#: The version before: the last commit before the modules moved.
BEFORE = "72124f54c532decafe6338f58db2375ec9c12c2f"
#: The order of an upgrade; a rollback has the opposite one.
KINDS = ("web", "generation", "updates")
ARGUMENTS = {
    "web": ("-m", "webhook_app"),
    "generation": ("-m", "worker", "--queue", "img_queue", "--queue", "vid_queue"),
    "updates": ("-m", "worker", "--queue", "updates"),
}
SIDE_BY_SIDE_SECONDS = 2
# Names that the version before gives these settings.
RENAMED_SETTINGS = {"person_max_jobs": "0", "person_daily_budget": "0"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(450)]


@pytest.fixture(scope="module")
def version_before() -> Iterator[Path]:
    """The code of the version before, in a folder of its own."""
    if git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("this checkout has no full history: git fetch --unshallow")
    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory) / "before.tar"
        git("archive", "--output", str(archive), BEFORE)
        assert archive.exists(), f"the history has no commit {BEFORE}"
        shutil.unpack_archive(archive, directory, filter="data")
        yield Path(directory)


def git(*arguments: str) -> str:
    """Return what git prints; nothing in a folder that is no repository."""
    command = (find_program("git", "git"), *arguments)
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.strip()


class Rollout:
    """The processes of both versions over the same fakes and the same Redis."""

    def __init__(self, installation: Installation, version_before: Path) -> None:
        self.installation = installation
        environment = {
            **{name: v for name, v in installation.environment.items() if "user_" not in name},
            **RENAMED_SETTINGS,
            "PYTHONPATH": str(version_before),
        }
        self.before = {kind: self._process(f"{kind}-before", kind, environment) for kind in KINDS}
        self.after = {kind: self._process(kind, kind, installation.environment) for kind in KINDS}

    def _process(self, name: str, kind: str, environment: Mapping[str, str]) -> Process:
        url = f"{self.installation.redis_url}?client_name={name}"
        folder = self.installation.folder
        return Process(name, ARGUMENTS[kind], {**environment, "redis_url": url}, folder)

    def start(self, processes: Mapping[str, Process]) -> None:
        for process in processes.values():
            process.start()
        self.installation.web = processes["web"]
        self.installation.wait_until_healthy()

    async def replace(self, old: Process, new: Process) -> None:
        """Start the new process before the old one ends; webhook_app has one address, so it ends first."""
        if old.arguments == ARGUMENTS["web"]:
            await asyncio.to_thread(old.stop)
            await asyncio.to_thread(new.start().wait_for, f"{self.installation.api_url}/version")
            return
        new.start()
        await asyncio.to_thread(wait_until, partial(self._serves, new), f"{new.name} serves")
        await asyncio.sleep(SIDE_BY_SIDE_SECONDS)
        await asyncio.to_thread(old.stop)

    def _serves(self, worker: Process) -> bool:
        """Return whether the worker waits for tasks."""
        with Redis.from_url(self.installation.redis_url) as redis:
            listening = {
                client["name"] for client in redis.client_list() if client["cmd"] == "blpop"
            }
        return worker.name in listening

    def stop(self) -> None:
        for process in (*self.before.values(), *self.after.values()):
            process.stop()
        for process in (self.installation.telegram, self.installation.fal):
            process.stop()


@pytest.fixture
def rollout(version_before: Path) -> Iterator[Rollout]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
    ):
        settings = {"fal_slots": "2"}
        installation = Installation(
            Path(directory), valkey.url, "webhook", 0.3, 30, warm=False, settings=settings
        )
        installation.start_telegram()
        installation.fal.start().wait_for(f"{installation.fal_url}/requests")
        prepared = Rollout(installation, version_before)
        yield prepared
        prepared.stop()


class Orders:
    """Orders of three users, and how often each was paid and delivered."""

    def __init__(self, installation: Installation, users: Sequence[User]) -> None:
        self._installation = installation
        self.users = users
        self._number = 0

    async def place(self) -> None:
        """Order an image for each user, an edit, and a video."""
        for user in self.users:
            await user.say(f"/image дом {self._number}")
            self._number += 1
        await self.users[1].send_photo(photo(), "/image ночью")
        await self.users[0].say("/video лодка в море")
        await self.users[0].agree()
        self._number += 2

    async def delivered(self) -> Counter[str]:
        messages = [message for user in self.users for message in await user.from_bot()]
        return Counter(job_id(message) for message in messages if {"photo", "video"} & set(message))

    async def paid(self) -> int:
        async with httpx.AsyncClient(base_url=self._installation.fal_url, trust_env=False) as http:
            return len((await http.get("/requests?queued=1")).raise_for_status().json())

    async def check(self) -> None:
        """Wait for all results; each is delivered and paid for once, and every job is done."""
        await eventually(self._are_delivered, f"{self._number} results", 180)
        await eventually(self._are_done, "all jobs are done")
        assert set((await self.delivered()).values()) == {1}
        assert await self.paid() == self._number

    async def _are_delivered(self) -> bool:
        return len(await self.delivered()) == self._number

    async def _are_done(self) -> bool:
        async with httpx.AsyncClient(base_url=self._installation.api_url, trust_env=False) as http:
            jobs = (
                (await http.get("/jobs", params={"limit": 100})).raise_for_status().json()["jobs"]
            )
        return [job["status"] for job in jobs] == ["done"] * self._number


@asynccontextmanager
async def orders(installation: Installation) -> AsyncIterator[Orders]:
    users = await create_users(installation.telegram_url, 3)
    try:
        yield Orders(installation, users)
    finally:
        for user in users:
            await user.close()


async def test_upgrade_with_jobs_in_flight(rollout: Rollout) -> None:
    """Old processes are replaced one kind after another: every job is delivered and paid for once.

    Users who wait for a slot keep waiting, and dead letters can be retried.
    """
    installation = rollout.installation
    rollout.start(rollout.before)
    async with orders(installation) as placed:
        with said_on_failure(installation), Redis.from_url(installation.redis_url) as redis:
            await placed.place()
            await eventually(partial(_exists, redis, "darkroom:waiting"), "a user waits for a slot")
            user = placed.users[0]
            _write_dead_letter(redis, user)
            for kind in KINDS:
                await rollout.replace(rollout.before[kind], rollout.after[kind])
                await placed.place()
            await placed.check()
            assert _former_keys(redis) == []
            assert redis.zrange("darkroom:dead-letters", 0, -1) == [b"u7"]
            _retry_dead_letters(installation)
            await user.wait_for_text("На связи")
            assert not _tracebacks(rollout.after)


async def test_rollback_with_jobs_in_flight(rollout: Rollout) -> None:
    """The version before takes over in the opposite order: every job is delivered and paid for once."""
    installation = rollout.installation
    rollout.start(rollout.after)
    async with orders(installation) as placed:
        with said_on_failure(installation), Redis.from_url(installation.redis_url) as redis:
            await placed.place()
            await eventually(
                partial(_exists, redis, "darkroom:waiting-users"), "a user waits for a slot"
            )
            for kind in reversed(KINDS):
                await rollout.replace(rollout.after[kind], rollout.before[kind])
                await placed.place()
            await placed.check()


def photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), "green").save(file, "JPEG")
    return file.getvalue()


async def _exists(redis: Redis, key: str) -> bool:
    return bool(redis.exists(key))


def _write_dead_letter(redis: Redis, user: User) -> None:
    """Write an update that was never handled, as the version before stores a dead letter."""
    sender = {"id": user.id, "is_bot": False, "first_name": "Аня"}
    message = {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": user.id, "type": "private", "first_name": "Аня"},
        "from": sender,
        "text": "/ping",
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
    }
    update = json.dumps({"update_id": 1, "message": message})
    fields = {"chat": str(user.id), "reason": "ValueError", "body": update}
    redis.hset("darkroom:poisoned:u7", mapping=fields)
    redis.zadd("darkroom:poisoned", {"u7": 1})


def _retry_dead_letters(installation: Installation) -> None:
    command = ("-m", "worker.operations.dead_letters", "retry", "all")
    assert installation.process("dead-letters", *command).start().wait() == 0


def _former_keys(redis: Redis) -> list[bytes]:
    patterns = ("poisoned*", "line:*", "waiting", "bell:*", "access-told")
    return [key for pattern in patterns for key in redis.scan_iter(f"darkroom:{pattern}")]


def _tracebacks(processes: Mapping[str, Process]) -> list[str]:
    return [name for name, process in processes.items() if "Traceback" in process.log.read_text()]
