"""Each check against what it looks at: the stand-ins, a real Valkey, files."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from redis import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.doctor.checks import clock, dns, env_file, storage, webhook, webhook_app, workers
from infra.doctor.checks.fal import check as fal_check
from infra.doctor.checks.telegram import check as telegram_check
from infra.doctor.finding import Finding, Level
from infra.doctor.runner import examine
from infra.process.version import read_version
from infra.queues import QUEUES, health_key
from infra.redis import clock as redis_clock
from infra.sandbox.fal.options import Options
from tests.infra.doctor.conftest import FAL_KEY, Make
from tests.infra.loopback import converse, serve, unused_url
from tests.infra.sandbox.fal.server import serve as serve_fal
from tests.processes import TOKEN
from tests.user import set_privacy

SECRET = "a-secret-for-the-tests"


def levels(found: Sequence[Finding]) -> list[Level]:
    return [one.level for one in found]


class TestSettings:
    @pytest.mark.parametrize("name", [".env", "bots.toml"])
    async def test_a_file_of_settings_that_everybody_reads_is_closed(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """It holds tokens; the group that the service runs as keeps its right."""
        monkeypatch.chdir(tmp_path)
        file = tmp_path / name
        file.touch()
        file.chmod(0o644)
        settings = make(bots_file=Path("bots.toml"))
        assert Level.WARNING in levels(await env_file.check(settings))
        report = await examine({"settings": env_file.check}, settings, fix=True)
        assert levels(report["settings"]) == [Level.OK]
        assert file.stat().st_mode & 0o777 == 0o640

    async def test_a_bot_that_everybody_may_use_is_warned_of(self, make: Make) -> None:
        """By webhook means in earnest."""
        settings = make(
            tg_update_mode="webhook", tg_webhook_secret=SECRET, public_url="https://x.example"
        )
        assert Level.WARNING in levels(await env_file.check(settings))


class TestTelegram:
    async def test_the_token_is_the_bots(self, make: Make, telegram: str) -> None:
        """Its name shows whose."""
        found, _ = await telegram_check(make(tg_api_base=telegram))
        assert found.level is Level.OK
        assert "@" in found.what

    async def test_what_reaches_the_bot_in_groups_is_said(self, make: Make, telegram: str) -> None:
        """Privacy mode is in order, but keeps mentions and most of an album from the bot."""
        _, found = await telegram_check(make(tg_api_base=telegram))
        assert found.level is Level.OK
        assert "no mentions" in found.what
        assert "/setprivacy" in found.to_do
        await set_privacy(telegram, on=False)
        _, found = await telegram_check(make(tg_api_base=telegram))
        await set_privacy(telegram, on=True)
        assert "Privacy mode is off" in found.what

    async def test_a_wrong_token_is_said_and_not_shown(self, make: Make, telegram: str) -> None:
        """BotFather has the right one."""
        (found,) = await telegram_check(make(tg_api_base=telegram, tg_bot_token="1:wrong-token"))
        assert found.level is Level.PROBLEM
        assert "BotFather" in found.to_do
        assert "wrong-token" not in found.what

    async def test_a_telegram_out_of_reach_is_a_problem(self, make: Make) -> None:
        """The address is shown, without the token in it."""
        (found,) = await telegram_check(make())
        assert found.level is Level.PROBLEM
        assert TOKEN not in found.what


class TestWebhook:
    @pytest.fixture
    async def api(self, telegram: str) -> AsyncIterator[httpx.AsyncClient]:
        base = f"{telegram}/bot{TOKEN}/"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            yield client
            await client.post("deleteWebhook")

    async def test_one_that_leads_elsewhere_is_set_anew(
        self, make: Make, telegram: str, api: httpx.AsyncClient
    ) -> None:
        """With our secret and our kinds of updates."""
        settings = make(
            tg_api_base=telegram,
            tg_update_mode="webhook",
            tg_webhook_secret=SECRET,
            public_url=unused_url(),
        )
        await api.post("setWebhook", json={"url": "http://127.0.0.1:1/another"})
        assert levels(await webhook.check(settings)) == [Level.PROBLEM]
        report = await examine({"webhook": webhook.check}, settings, fix=True)
        assert levels(report["webhook"]) == [Level.OK]
        info = (await api.post("getWebhookInfo")).json()["result"]
        assert info["url"] == f"{settings.public_url}/telegram/webhook"
        assert info["allowed_updates"] == ["message", "edited_message", "callback_query"]

    async def test_what_telegram_complains_of_is_passed_on(self, make: Make) -> None:
        """Its last error with what it points to, and how much waits."""
        async with serve(_telegram_that_complains()) as url:
            found = await webhook.check(
                make(
                    tg_api_base=url,
                    tg_update_mode="webhook",
                    tg_webhook_secret=SECRET,
                    public_url="https://x.example",
                )
            )
        assert levels(found) == [Level.PROBLEM, Level.WARNING]
        assert "401 Unauthorized" in found[0].what
        assert "tg_webhook_secret" in found[0].to_do
        assert "77 updates" in found[1].what

    async def test_one_beside_polling_is_warned_of(
        self, make: Make, telegram: str, api: httpx.AsyncClient
    ) -> None:
        """Polling brings nothing while it is set."""
        assert levels(await webhook.check(make(tg_api_base=telegram))) == [Level.OK]
        await api.post("setWebhook", json={"url": "http://127.0.0.1:1/another"})
        assert levels(await webhook.check(make(tg_api_base=telegram))) == [Level.WARNING]


def _telegram_that_complains() -> Starlette:
    async def info(_: Request) -> Response:
        result = {
            "url": "https://x.example/telegram/webhook",
            "allowed_updates": ["message", "edited_message", "callback_query"],
            "pending_update_count": 77,
            "last_error_date": 4_000_000_000,
            "last_error_message": "Wrong response from the webhook: 401 Unauthorized",
        }
        return JSONResponse({"ok": True, "result": result})

    return Starlette(routes=[Route("/{token}/getWebhookInfo", info, methods=["POST"])])


class TestAddress:
    async def test_a_name_that_nobody_knows_is_a_problem(self, make: Make) -> None:
        """With what to add, and where."""
        (found,) = await dns.check(make(public_url="https://no-such-name.invalid"))
        assert found.level is Level.PROBLEM
        assert "A record" in found.to_do

    async def test_an_address_of_this_machine_is_warned_of(self, make: Make) -> None:
        """It will do for the stand-ins alone."""
        (found,) = await dns.check(make(public_url="http://127.0.0.1:8000"))
        assert found.level is Level.WARNING


class TestFastPath:
    async def test_one_that_runs_another_version_is_to_be_restarted(self, make: Make) -> None:
        """After an upgrade that was not finished."""
        async with serve(_door("0.0.1")) as url:
            port = int(url.rpartition(":")[2])
            found = await webhook_app.check(make(api_host="127.0.0.1", api_port=port))
        assert levels(found) == [Level.WARNING]
        assert "0.0.1" in found[0].what

    async def test_one_that_public_url_leads_to_is_in_order(self, make: Make) -> None:
        """Asked at its own address and at the public one."""
        async with serve(_door(read_version()["version"])) as url:
            port = int(url.rpartition(":")[2])
            found = await webhook_app.check(
                make(api_host="127.0.0.1", api_port=port, public_url=url)
            )
        assert levels(found) == [Level.OK, Level.OK]

    async def test_a_public_url_that_leads_astray_is_a_problem(self, make: Make) -> None:
        """The door itself is well."""
        async with serve(_door(read_version()["version"])) as url:
            port = int(url.rpartition(":")[2])
            settings = make(api_host="127.0.0.1", api_port=port, public_url=unused_url())
            assert levels(await webhook_app.check(settings)) == [Level.OK, Level.PROBLEM]

    async def test_none_at_all_is_a_problem(self, make: Make) -> None:
        """With how to start it."""
        port = int(unused_url().rpartition(":")[2])
        (found,) = await webhook_app.check(make(api_host="127.0.0.1", api_port=port))
        assert found.level is Level.PROBLEM


def _door(version: str) -> Starlette:
    async def show(_: Request) -> Response:
        return JSONResponse({**read_version(), "version": version})

    return Starlette(routes=[Route("/version", show)])


class TestStorage:
    async def test_a_folder_that_is_missing_is_made(self, make: Make) -> None:
        """Looking does not make it; `--fix` does."""
        settings = make()
        assert levels(await storage.check(settings)) == [Level.PROBLEM]
        assert not settings.media_dir.exists()
        report = await examine({"storage": storage.check}, settings, fix=True)
        assert report["storage"][0].level is Level.OK
        assert list(settings.media_dir.iterdir()) == []

    async def test_a_storage_that_cannot_be_reached_is_a_problem(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The setting to look at is named."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", unused_url())
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
        settings = make(storage_url="s3://bucket/prefix")
        settings.media_dir.mkdir()
        found = await storage.check(settings)
        assert found[0].level is Level.PROBLEM
        assert "storage_url" in found[0].to_do


class TestWorkers:
    async def test_queues_that_nobody_serves_are_named(self, make: Make, valkey_url: str) -> None:
        """By arq's own sign of life."""
        with Redis.from_url(valkey_url) as redis:
            redis.set(health_key("updates"), "well")
            (found,) = await workers.check(make(redis_url=valkey_url))
            assert found.level is Level.PROBLEM
            assert "img_queue, vid_queue" in found.what
            redis.mset({health_key(queue): "well" for queue in QUEUES})
            assert levels(await workers.check(make(redis_url=valkey_url))) == [Level.OK]


class TestFal:
    async def test_the_key_is_taken_and_the_balance_said(self, make: Make, fal: str) -> None:
        """For nothing."""
        settings = make(fal_queue_base_url=fal, fal_rest_base_url=fal)
        found = await fal_check(settings)
        assert levels(found) == [Level.OK, Level.OK]
        assert "$100.00" in found[1].what
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{fal}/requests")).json() == []

    async def test_a_wrong_key_is_said_and_not_shown(self, make: Make, fal: str) -> None:
        """fal's dashboard has the right one."""
        settings = make(
            fal_queue_base_url=fal, fal_rest_base_url=fal, fal_api_key="an-id:a-wrong-secret"
        )
        (found,) = await fal_check(settings)
        assert found.level is Level.PROBLEM
        assert "fal_api_key" in found.to_do
        assert "a-wrong-secret" not in found.what

    @pytest.mark.parametrize(("balance", "level"), [(2.5, Level.WARNING), (-1.0, Level.PROBLEM)])
    async def test_an_account_that_runs_out_is_to_be_topped_up(
        self, make: Make, tmp_path: Path, balance: float, level: Level
    ) -> None:
        """Before orders fail, and when they do."""
        async with serve_fal(Options(tmp_path, key=FAL_KEY, balance=balance)) as url:
            found = await fal_check(make(fal_queue_base_url=url, fal_rest_base_url=url))
        assert levels(found) == [Level.OK, level]

    async def test_a_balance_that_fal_keeps_to_itself_is_no_problem(
        self, make: Make, fal: str
    ) -> None:
        """Where to look is said."""
        found = await fal_check(make(fal_queue_base_url=fal, fal_rest_base_url=unused_url()))
        assert levels(found) == [Level.OK, Level.WARNING]


class TestClock:
    @pytest.mark.parametrize(
        ("date", "level"),
        [("Thu, 01 Jan 2026 00:00:00 GMT", Level.PROBLEM), ("no date", Level.WARNING)],
    )
    async def test_one_that_is_wrong_or_cannot_be_compared_is_said(
        self, make: Make, date: str, level: Level
    ) -> None:
        """By what others' answers are dated."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()

        async with converse(answer) as url:
            found = await clock.check(make(tg_api_base=url))
        assert levels(found) == [level]

    async def test_one_that_agrees_is_in_order(self, make: Make, telegram: str) -> None:
        """To within the whole seconds of a date."""
        assert levels(await clock.check(make(tg_api_base=telegram))) == [Level.OK]

    @pytest.mark.parametrize(
        ("process", "own", "expected"),
        [(0, 1, [Level.OK]), (-20, 0, [Level.WARNING]), (0, 60, [Level.WARNING])],
    )
    async def test_one_that_differs_from_redis_is_said(
        self,
        make: Make,
        telegram: str,
        valkey_url: str,
        monkeypatch: pytest.MonkeyPatch,
        process: int,
        own: int,
        expected: list[Level],
    ) -> None:
        """This machine's, or that of a running process; two seconds are tolerated."""
        shifted = SimpleNamespace(time=lambda: time.time() + own, monotonic=time.monotonic)
        monkeypatch.setattr(redis_clock, "time", shifted)
        with Redis.from_url(valkey_url) as redis:
            redis.set(redis_clock.KEY, process)
        found = await clock.check(make(tg_api_base=telegram, redis_url=valkey_url))
        assert levels(found[1:]) == expected
