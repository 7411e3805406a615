import asyncio
import re
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from infra.sandbox.telegram.database import SCHEMA, Database
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.sandbox.telegram.users import Users
from tests.infra.loopback import unused_url
from tests.infra.sandbox.telegram.receiver import receive
from tests.infra.sandbox.telegram.samples import picture
from tests.infra.sandbox.telegram.server import serve
from tests.user import User

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]


@pytest.fixture
def settings(settings: SandboxSettings, tmp_path: Path) -> SandboxSettings:
    """A folder for each test: here the tests are about its contents."""
    return replace(settings, data=tmp_path)


def test_database_of_an_earlier_version_keeps_its_users(tmp_path: Path) -> None:
    """Its table of users and their columns had other names; the ids go on from the last one."""
    path = tmp_path / "telegram.sqlite"
    former = re.sub(r"\busers\b", "people", SCHEMA.replace("user_id", "person_id"))
    with closing(sqlite3.connect(path)) as old:
        old.executescript(former)
        old.execute("INSERT INTO people VALUES (1007, 'Zoe', NULL, 'en', 1, 0)")
        old.execute("INSERT INTO settings VALUES ('person', '1007')")
        old.commit()
    users = Users(Database(path))
    assert [user.first_name for user in users.all()] == ["Zoe"]
    assert users.add("Max", "en").id == 1008


async def test_chats_and_files_survive_a_restart(settings: SandboxSettings) -> None:
    """Messages, reply keyboards and the bytes of files survive."""
    async with serve(settings) as address, User(address) as user:
        sent = await user.send_photo(picture(30, 20), "Keep me")
    async with serve(settings) as address, User(address) as user:
        assert [dict(message) for message in await user.messages()] == [sent]
        assert (await user.file(sent["photo"][-1]["file_id"])).startswith(b"\xff\xd8")
        assert (await user.say("Next"))["message_id"] > sent["message_id"]


async def test_webhook_and_pending_updates_survive_a_restart(
    settings: SandboxSettings,
) -> None:
    """An update that could not be delivered before the restart is delivered after it."""
    async with receive() as receiver:
        async with serve(settings) as address, User(address) as user:
            async with httpx.AsyncClient(base_url=address) as http:
                await http.post("/bot424242:sandbox/setWebhook", json={"url": receiver.url})
                receiver.delay = 0.2
            await user.say("first")
            await user.say("second")
        async with serve(settings):
            await receiver.wait_for(2)
        assert receiver.texts[-1] == "second"


@asynccontextmanager
async def process(data: Path, url: str) -> AsyncIterator[Process]:
    """The fake as its own process, once it answers."""
    port = url.rpartition(":")[2]
    arguments = ("-m", "infra.sandbox.telegram", "--port", port, "--data", str(data))
    running = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
    try:
        await answers(url)
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def answers(url: str) -> None:
    async with httpx.AsyncClient() as http, asyncio.timeout(30):
        while True:
            with suppress(httpx.ConnectError):
                await http.get(f"{url}/users")
                return
            await asyncio.sleep(0.02)


async def test_nothing_is_lost_by_kill_9(tmp_path: Path) -> None:
    """The next process has the chats and the pending updates of a killed one."""
    url = unused_url()
    async with process(tmp_path, url) as running, User(url) as user:
        await user.say("before the end")
        running.kill()
    async with process(tmp_path, url), User(url) as user:
        assert [message["text"] for message in await user.messages()] == ["before the end"]
        async with httpx.AsyncClient(base_url=url) as http:
            updates = (await http.get("/bot424242:sandbox/getUpdates")).json()["result"]
        assert [update["message"]["text"] for update in updates] == ["before the end"]


async def test_shutdown_ends_open_streams(tmp_path: Path) -> None:
    """SIGTERM ends the process while a bot polls and a page listens."""
    url = unused_url()
    async with process(tmp_path, url) as running, httpx.AsyncClient(base_url=url) as http:
        polling = asyncio.create_task(
            http.get("/bot424242:sandbox/getUpdates?timeout=30", timeout=30)
        )
        async with http.stream("GET", "/users/1001/events") as page:
            running.terminate()
            lines = [line async for line in page.aiter_lines()]
        assert lines[:1] == [": that was so far"]
        assert (await polling).json() == {"ok": True, "result": []}
        assert await asyncio.wait_for(running.wait(), 5) == -signal.SIGTERM
