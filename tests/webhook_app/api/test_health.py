import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.errors import DarkroomError
from infra.settings import Settings
from tests.clock import Clock
from tests.refusals import WAYS, refusing
from tests.valkey import ValkeyServer
from tests.webhook_app.client import serve, settings_for
from tests.webhook_app.fake_telegram import eventually, telegram
from tests.worker.jobs.test_store import request
from webhook_app.api.health_checks import Check, Dependencies
from worker.jobs.fal_webhooks import Webhook, WebhookStore
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.queues.names import Queue


async def bring_workers(redis: ArqRedis) -> None:
    """Write the health keys of three workers, as arq does."""
    for queue in Queue:
        await redis.set(f"{queue}:health-check", "alive")


def polling(fake_url: str, redis_url: str, media: Path) -> Settings:
    return settings_for(redis_url, tg_update_mode="polling", tg_api_base=fake_url, media_dir=media)


async def test_health_is_200_when_everything_works(
    valkey_url: str, redis: ArqRedis, tmp_path: Path
) -> None:
    """Redis, three workers, storage and Telegram each have a healthy line."""
    await bring_workers(redis)
    async with (
        telegram(tmp_path / "telegram") as fake,
        serve(polling(fake.url, valkey_url, tmp_path / "media")) as client,
    ):
        await eventually(lambda: _is_well(client))
        answer = (await client.get("/health")).json()
    assert answer["status"] == "ok"
    assert list(answer["dependencies"]) == [
        *("redis", "updates", "img_queue", "vid_queue", "storage", "telegram")
    ]
    assert all(line == {"status": "ok"} for line in answer["dependencies"].values())


@pytest.mark.slow
async def test_failing_dependency_has_a_line_with_the_next_step(
    client: httpx.AsyncClient,
) -> None:
    """Without a worker and without Telegram: 503, and one sentence for each."""
    await eventually(lambda: _says(client, "img_queue", "darkroom worker"))
    answer = await client.get("/health")
    assert answer.status_code == 503
    lines = answer.json()["dependencies"]
    assert lines["redis"] == lines["storage"] == {"status": "ok"}
    assert lines["telegram"]["status"] == "failing"


@pytest.mark.slow
async def test_health_without_redis(mortal_valkey: ValkeyServer, tmp_path: Path) -> None:
    """The page still answers, and soon."""
    async with serve(settings_for(mortal_valkey.url, media_dir=tmp_path)) as client:
        mortal_valkey.stop()
        await eventually(lambda: _says(client, "redis", "Redis is not available"), seconds=15)
        answer = await client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["storage"] == {"status": "ok"}


# A replica without a master refuses writes as a replica does.
@pytest.mark.parametrize(
    "code",
    [
        "OOM",
        *(
            pytest.param(code, marks=pytest.mark.slow)
            for code in sorted(WAYS.keys() - {"OOM", "MAXCLIENTS", "MASTERDOWN"})
        ),
    ],
)
async def test_redis_that_refuses_writes_is_reported(
    mortal_valkey: ValkeyServer, tmp_path: Path, code: str
) -> None:
    """It answers PING, and nothing works: the line names the refusal and the next step."""
    async with serve(settings_for(mortal_valkey.url, media_dir=tmp_path)) as client:
        await eventually(lambda: _is_ok(client, "redis"))
        with refusing(mortal_valkey, code):
            await eventually(lambda: _says(client, "redis", f"({code})"), seconds=15)
            await eventually(lambda: _says(client, "img_queue", f"({code})"), seconds=15)
        await eventually(lambda: _is_ok(client, "redis"), seconds=15)


async def test_unwritable_folder_is_reported(valkey_url: str, tmp_path: Path) -> None:
    """Results could not be stored."""
    (tmp_path / "media").write_text("a file where the folder should be")
    async with serve(settings_for(valkey_url, media_dir=tmp_path / "media")) as client:
        line = (await client.get("/health")).json()["dependencies"]["storage"]
    assert line["status"] == "failing"
    assert "media_dir" in line["detail"]


async def test_stranger_sees_only_the_status(valkey_url: str) -> None:
    """A load balancer needs no more."""
    async with serve(settings_for(valkey_url, api_token="a-token-for-the-tests")) as client:
        client.headers["Host"] = "darkroom.example"
        assert (await client.get("/health")).json() == {"status": "failing"}
        bearer = {"Authorization": "Bearer a-token-for-the-tests"}
        assert "dependencies" in (await client.get("/health", headers=bearer)).json()


async def test_missing_bot_token_is_reported(valkey_url: str) -> None:
    """Without a bot there is nothing to poll, and the page says why."""
    settings = settings_for(valkey_url, tg_bot_token=None, tg_update_mode="polling")
    async with serve(settings) as client:
        await eventually(lambda: _says(client, "telegram", "tg_bot_token is not set"))


async def test_crashed_poller_is_reported(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """webhook_app keeps serving, and its health says that no updates come in."""
    monkeypatch.delattr("webhook_app.telegram.receiver.create_light_client")
    async with serve(settings_for(valkey_url)) as client:
        await eventually(lambda: _says(client, "telegram", "Restart webhook_app"))


async def test_version(client: httpx.AsyncClient) -> None:
    """Name, version and Python; the commit if there is one."""
    answer = (await client.get("/version")).json()
    assert answer["name"] == "darkroom"
    assert {"version", "python"} <= set(answer)


async def test_requests_do_not_trigger_checks() -> None:
    """Each dependency is checked at its own interval, however often health is requested."""
    looks: dict[str, int] = {"often": 0, "rarely": 0}

    def look(name: str) -> Check:
        async def count() -> None:
            looks[name] += 1

        return Check(count, every=0.05 if name == "often" else 60)

    dependencies = Dependencies({name: look(name) for name in looks})
    async with watching(dependencies):
        for _ in range(50):
            await dependencies.report()
            await asyncio.sleep(0.005)
    assert looks["rarely"] == 1
    assert 2 < looks["often"] < 8


@pytest.mark.slow
async def test_storage_is_probed_at_its_interval(valkey_url: str, tmp_path: Path) -> None:
    """An object store charges for each probe: it runs every half a minute, however often health is requested."""
    media = tmp_path / "media"
    async with serve(settings_for(valkey_url, media_dir=media)) as client:
        await eventually(lambda: _is_ok(client, "storage"))
        changed = media.stat().st_mtime_ns
        for _ in range(30):
            await client.get("/health")
            await asyncio.sleep(0.05)
        assert media.stat().st_mtime_ns == changed


async def test_hanging_check_does_not_block_the_others() -> None:
    """It fails after its timeout; the others keep their lines, and so does one whose check raises."""

    async def hang() -> None:
        await asyncio.Event().wait()

    async def fail() -> None:
        raise DarkroomError("It is broken.")

    async def have_a_bug() -> None:
        raise KeyError("x")

    checks = {"slow": Check(hang), "broken": Check(fail), "wrong": Check(have_a_bug)}
    dependencies = Dependencies(checks, timeout_seconds=0.05)
    async with watching(dependencies):
        assert await dependencies.report() == {
            "slow": "No answer within 0.05 seconds.",
            "broken": "It is broken.",
            "wrong": "The check itself failed (KeyError); see the log.",
        }


async def test_stale_check_is_reported() -> None:
    """When the checks stop, the last result is not repeated for ever."""
    clock = Clock()

    async def agree() -> None:
        """Report success."""

    dependencies = Dependencies({"a": Check(agree, every=30)}, clock)
    async with watching(dependencies):
        assert await dependencies.report() == {"a": None}
    clock.advance(100)
    assert await dependencies.report() == {"a": "Not checked for 100 seconds."}


@asynccontextmanager
async def watching(dependencies: Dependencies) -> AsyncIterator[None]:
    task = asyncio.create_task(dependencies.watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _says(client: httpx.AsyncClient, name: str, words: str) -> bool:
    line = (await client.get("/health")).json()["dependencies"][name]
    return words in line.get("detail", "")


async def _is_ok(client: httpx.AsyncClient, name: str) -> bool:
    line: dict[str, str] = (await client.get("/health")).json()["dependencies"][name]
    return line["status"] == "ok"


async def _do_webhooks_arrive(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/health")).json()["fal_webhooks"] == "arriving")


async def _is_well(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health")).status_code == 200


async def test_owner_sees_whether_fal_webhooks_arrive(valkey_url: str, redis: ArqRedis) -> None:
    """Off without a public URL, no verdict before the first one; strangers do not see it."""
    webhooks = WebhookStore(redis)
    private = settings_for(valkey_url, tg_update_mode="polling", public_url=None)
    async with serve(private) as client:
        assert (await client.get("/health")).json()["fal_webhooks"] == "off"
    async with serve(settings_for(valkey_url)) as client:
        assert (await client.get("/health")).json()["fal_webhooks"] == "silent"
        job = await JobStore(redis, Limits(), time.time).create(request(), "update-1")
        await webhooks.enqueue(job, Webhook("r", b"{}"))
        await eventually(lambda: _do_webhooks_arrive(client))
