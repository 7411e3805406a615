import asyncio
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.errors import DarkroomError
from infra.settings import Settings
from tests.clock import Clock
from tests.valkey import ValkeyServer
from tests.webhook_app.door import serve, settings_for
from tests.webhook_app.stand_in import eventually, telegram
from tests.worker.test_jobs import request
from webhook_app.dependencies import Dependencies
from worker.job_store import JobStore
from worker.limits import Limits
from worker.queue import Queue
from worker.webhooks import Webhook, WebhookStore


async def bring_workers(redis: ArqRedis) -> None:
    """Stand in for three workers' signs of life, which are arq's own keys."""
    for queue in Queue:
        await redis.set(f"{queue}:health-check", "alive")


def polling(stand_in_url: str, redis_url: str, media: Path) -> Settings:
    return settings_for(
        redis_url, tg_update_mode="polling", tg_api_base=stand_in_url, media_dir=media
    )


async def test_it_is_200_once_everything_is_there(
    valkey_url: str, redis: ArqRedis, tmp_path: Path
) -> None:
    """Redis, three workers, storage and Telegram each have their line, and all are well."""
    await bring_workers(redis)
    async with (
        telegram(tmp_path / "telegram") as stand_in,
        serve(polling(stand_in.url, valkey_url, tmp_path / "media")) as door,
    ):
        await eventually(lambda: _is_well(door))
        answer = (await door.get("/health")).json()
    assert answer["status"] == "ok"
    assert list(answer["dependencies"]) == [
        *("redis", "updates", "img_queue", "vid_queue", "storage", "telegram")
    ]
    assert all(line == {"status": "ok"} for line in answer["dependencies"].values())


async def test_what_is_missing_has_a_line_that_says_how_to_mend_it(
    door: httpx.AsyncClient,
) -> None:
    """No worker runs and Telegram is away: 503, and one sentence each."""
    answer = await door.get("/health")
    assert answer.status_code == 503
    lines = answer.json()["dependencies"]
    assert lines["redis"] == lines["storage"] == {"status": "ok"}
    assert "python -m worker" in lines["img_queue"]["detail"]
    assert lines["telegram"]["status"] == "failing"


async def test_redis_away_is_one_line_among_others(
    mortal_valkey: ValkeyServer, tmp_path: Path
) -> None:
    """The page answers all the same, and soon."""
    async with serve(settings_for(mortal_valkey.url, media_dir=tmp_path)) as door:
        mortal_valkey.stop()
        answer = await door.get("/health")
    assert answer.status_code == 503
    lines = answer.json()["dependencies"]
    assert lines["redis"]["detail"].startswith("Redis is away")
    assert lines["storage"] == {"status": "ok"}


async def test_a_folder_that_cannot_be_written_is_told(valkey_url: str, tmp_path: Path) -> None:
    """Results would have nowhere to go."""
    (tmp_path / "media").write_text("a file where the folder should be")
    async with serve(settings_for(valkey_url, media_dir=tmp_path / "media")) as door:
        line = (await door.get("/health")).json()["dependencies"]["storage"]
    assert line["status"] == "failing"
    assert "media_dir" in line["detail"]


async def test_a_stranger_sees_the_status_alone(valkey_url: str) -> None:
    """A load balancer needs no more."""
    async with serve(settings_for(valkey_url, api_token="a-token-for-the-tests")) as door:
        door.headers["Host"] = "darkroom.example"
        assert (await door.get("/health")).json() == {"status": "failing"}
        bearer = {"Authorization": "Bearer a-token-for-the-tests"}
        assert "dependencies" in (await door.get("/health", headers=bearer)).json()


async def test_a_missing_token_is_said(valkey_url: str) -> None:
    """Without a bot there is nothing to poll, and the page says why."""
    settings = settings_for(valkey_url, tg_bot_token=None, tg_update_mode="polling")
    async with serve(settings) as door:
        await eventually(lambda: _says_of_telegram(door, "tg_bot_token is not set"))


async def test_a_bug_in_bringing_updates_in_is_seen(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door stays open, and its health says that nothing comes in."""
    monkeypatch.delattr("webhook_app.intake.create_client")
    async with serve(settings_for(valkey_url)) as door:
        await eventually(lambda: _says_of_telegram(door, "Restart the front door"))


async def test_the_version_is_told(door: httpx.AsyncClient) -> None:
    """Name, version and Python; the commit where there is one."""
    answer = (await door.get("/version")).json()
    assert answer["name"] == "darkroom"
    assert {"version", "python"} <= set(answer)


async def test_many_askers_share_a_look() -> None:
    """However often it is asked, the dependencies are asked once a second."""
    clock, looks = Clock(), []

    async def look() -> None:
        looks.append(clock.now)

    dependencies = Dependencies({"a": look}, clock)
    await asyncio.gather(*(dependencies.report() for _ in range(10)))
    clock.advance(1)
    await dependencies.report()
    assert len(looks) == 2


async def test_a_dependency_that_hangs_holds_nobody_up() -> None:
    """It is called failing after its time; the others keep their lines."""

    async def hang() -> None:
        await asyncio.Event().wait()

    async def fail() -> None:
        raise DarkroomError("It is broken.")

    dependencies = Dependencies({"slow": hang, "broken": fail}, patience=0.05)
    report = await dependencies.report()
    assert report == {"slow": "No answer within 0.05 seconds.", "broken": "It is broken."}


async def _is_well(door: httpx.AsyncClient) -> bool:
    return (await door.get("/health")).status_code == 200


async def _says_of_telegram(door: httpx.AsyncClient, words: str) -> bool:
    lines = (await door.get("/health")).json()["dependencies"]
    return words in lines["telegram"]["detail"]


async def test_the_owner_sees_whether_fals_webhooks_arrive(
    valkey_url: str, redis: ArqRedis
) -> None:
    """Off without a public address, silent until one comes; others are not told."""
    webhooks = WebhookStore(redis)
    private = settings_for(valkey_url, tg_update_mode="polling", public_url=None)
    async with serve(private) as door:
        assert (await door.get("/health")).json()["fal_webhooks"] == "off"
    async with serve(settings_for(valkey_url)) as door:
        assert (await door.get("/health")).json()["fal_webhooks"] == "silent"
        job = await JobStore(redis, Limits()).create(request(), "update-1")
        await webhooks.hand_over(job, Webhook("r", b"{}"))
        assert (await door.get("/health")).json()["fal_webhooks"] == "arriving"
