"""Each check against the fakes, a real Valkey and files."""

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
from infra.telegram.registration import HANDLED_UPDATES
from tests.infra.doctor.conftest import FAL_KEY, Make
from tests.infra.loopback import converse, serve, unused_url
from tests.infra.sandbox.fal.server import serve as serve_fal
from tests.processes import TOKEN
from tests.proxies import PASSWORD, Proxy
from tests.user import set_privacy

SECRET = "a-secret-for-the-tests"


def levels(found: Sequence[Finding]) -> list[Level]:
    return [one.level for one in found]


class TestSettings:
    @pytest.mark.parametrize("name", [".env", "bots.toml"])
    async def test_world_readable_settings_file_is_fixed(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """A world-readable settings file is a warning, and `--fix` closes it except for the service's group."""
        monkeypatch.chdir(tmp_path)
        file = tmp_path / name
        file.touch()
        file.chmod(0o644)
        settings = make(bots_file=Path("bots.toml"))
        assert Level.WARNING in levels(await env_file.check(settings))
        report = await examine({"settings": env_file.check}, settings, fix=True)
        assert levels(report["settings"]) == [Level.OK]
        assert file.stat().st_mode & 0o777 == 0o640

    async def test_empty_allowlist_is_a_warning(self, make: Make) -> None:
        """An empty allowlist with a webhook is a warning: a webhook indicates real use."""
        settings = make(
            tg_update_mode="webhook", tg_webhook_secret=SECRET, public_url="https://x.example"
        )
        assert Level.WARNING in levels(await env_file.check(settings))


class TestTelegram:
    async def test_valid_token_passes(self, make: Make, telegram: str) -> None:
        """A valid token passes, and the bot's name is reported."""
        found, *_ = await telegram_check(make(tg_api_base=telegram))
        assert found.level is Level.OK
        assert "@" in found.what

    async def test_privacy_mode_is_reported(self, make: Make, telegram: str) -> None:
        """Privacy mode passes, with the advice that it withholds mentions and most of an album from the bot."""
        _, found, *_ = await telegram_check(make(tg_api_base=telegram))
        assert found.level is Level.OK
        assert "no mentions" in found.what
        assert "/setprivacy" in found.to_do
        await set_privacy(telegram, on=False)
        _, found, *_ = await telegram_check(make(tg_api_base=telegram))
        await set_privacy(telegram, on=True)
        assert "Privacy mode is off" in found.what

    async def test_wrong_token_is_reported_without_the_token(
        self, make: Make, telegram: str
    ) -> None:
        """A wrong token is a problem that refers to BotFather and does not show the token."""
        (found,) = await telegram_check(make(tg_api_base=telegram, tg_bot_token="1:wrong-token"))
        assert found.level is Level.PROBLEM
        assert "BotFather" in found.to_do
        assert "wrong-token" not in found.what

    async def test_proxy_is_named(self, make: Make, telegram: str, tmp_path: Path) -> None:
        """Whether it works or not, and never with its password."""
        with Proxy("socks5", tmp_path) as proxy:
            found, *_ = await telegram_check(make(tg_api_base=telegram, tg_proxy=proxy.url()))
        (down,) = await telegram_check(make(tg_api_base=telegram, tg_proxy=proxy.url()))
        assert (found.level, down.level) == (Level.OK, Level.PROBLEM)
        for each in (found, down):
            assert "through tg_proxy" in each.what
            assert PASSWORD not in f"{each}"

    async def test_unreachable_telegram_is_a_problem(self, make: Make) -> None:
        """An unreachable Telegram is a problem that shows the address without the token."""
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

    async def test_webhook_to_another_address_is_fixed(
        self, make: Make, telegram: str, api: httpx.AsyncClient
    ) -> None:
        """`--fix` replaces a webhook to another address, with our secret and our kinds of update."""
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
        assert info["allowed_updates"] == [*HANDLED_UPDATES]

    async def test_webhook_errors_of_telegram_are_reported(self, make: Make) -> None:
        """Telegram's last webhook error is reported with its probable cause and the number of pending updates."""
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

    async def test_webhook_in_polling_mode_is_a_warning(
        self, make: Make, telegram: str, api: httpx.AsyncClient
    ) -> None:
        """A webhook in polling mode is a warning: polling gets nothing while it is set."""
        assert levels(await webhook.check(make(tg_api_base=telegram))) == [Level.OK]
        await api.post("setWebhook", json={"url": "http://127.0.0.1:1/another"})
        assert levels(await webhook.check(make(tg_api_base=telegram))) == [Level.WARNING]


def _telegram_that_complains() -> Starlette:
    async def info(_: Request) -> Response:
        result = {
            "url": "https://x.example/telegram/webhook",
            "allowed_updates": [*HANDLED_UPDATES],
            "pending_update_count": 77,
            "last_error_date": 4_000_000_000,
            "last_error_message": "Wrong response from the webhook: 401 Unauthorized",
        }
        return JSONResponse({"ok": True, "result": result})

    return Starlette(routes=[Route("/{token}/getWebhookInfo", info, methods=["POST"])])


class TestAddress:
    async def test_unresolvable_host_name_is_a_problem(self, make: Make) -> None:
        """A host name that does not resolve is a problem with the DNS record to add."""
        (found,) = await dns.check(make(public_url="https://no-such-name.invalid"))
        assert found.level is Level.PROBLEM
        assert "A record" in found.to_do

    async def test_loopback_public_url_is_a_warning(self, make: Make) -> None:
        """A public_url on this machine is a warning: only the fakes can reach it."""
        (found,) = await dns.check(make(public_url="http://127.0.0.1:8000"))
        assert found.level is Level.WARNING


class TestWebhookApp:
    async def test_running_process_of_another_version_is_a_warning(self, make: Make) -> None:
        """A running webhook_app of another version is a warning: the upgrade needs a restart."""
        async with serve(_app_of_version("0.0.1")) as url:
            port = int(url.rpartition(":")[2])
            found = await webhook_app.check(make(api_host="127.0.0.1", api_port=port))
        assert levels(found) == [Level.WARNING]
        assert "0.0.1" in found[0].what

    async def test_webhook_app_passes(self, make: Make) -> None:
        """webhook_app passes when it answers at its own address and at public_url."""
        async with serve(_app_of_version(read_version()["version"])) as url:
            port = int(url.rpartition(":")[2])
            found = await webhook_app.check(
                make(api_host="127.0.0.1", api_port=port, public_url=url)
            )
        assert levels(found) == [Level.OK, Level.OK]

    async def test_public_url_to_another_server_is_a_problem(self, make: Make) -> None:
        """A public_url that leads elsewhere is a problem although webhook_app itself answers."""
        async with serve(_app_of_version(read_version()["version"])) as url:
            port = int(url.rpartition(":")[2])
            settings = make(api_host="127.0.0.1", api_port=port, public_url=unused_url())
            assert levels(await webhook_app.check(settings)) == [Level.OK, Level.PROBLEM]

    async def test_webhook_app_that_is_not_running_is_a_problem(self, make: Make) -> None:
        """A webhook_app that does not run is a problem with the command to start it."""
        port = int(unused_url().rpartition(":")[2])
        (found,) = await webhook_app.check(make(api_host="127.0.0.1", api_port=port))
        assert found.level is Level.PROBLEM


def _app_of_version(version: str) -> Starlette:
    async def show(_: Request) -> Response:
        return JSONResponse({**read_version(), "version": version})

    return Starlette(routes=[Route("/version", show)])


class TestStorage:
    async def test_missing_folder_is_fixed(self, make: Make) -> None:
        """A missing folder is a problem; a check does not create it, `--fix` does."""
        settings = make()
        assert levels(await storage.check(settings)) == [Level.PROBLEM]
        assert not settings.media_dir.exists()
        report = await examine({"storage": storage.check}, settings, fix=True)
        assert report["storage"][0].level is Level.OK
        assert list(settings.media_dir.iterdir()) == []

    async def test_unreachable_storage_is_a_problem(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An unreachable storage is a problem that names the setting."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", unused_url())
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
        settings = make(storage_url="s3://bucket/prefix")
        settings.media_dir.mkdir()
        found = await storage.check(settings)
        assert found[0].level is Level.PROBLEM
        assert "storage_url" in found[0].to_do


class TestWorkers:
    async def test_queues_without_a_worker_are_named(self, make: Make, valkey_url: str) -> None:
        """Queues without a worker are named, by arq's health check key."""
        with Redis.from_url(valkey_url) as redis:
            redis.set(health_key("updates"), "well")
            (found,) = await workers.check(make(redis_url=valkey_url))
            assert found.level is Level.PROBLEM
            assert "img_queue, vid_queue" in found.what
            redis.mset({health_key(queue): "well" for queue in QUEUES})
            assert levels(await workers.check(make(redis_url=valkey_url))) == [Level.OK]


class TestFal:
    async def test_valid_key_passes_with_the_balance(self, make: Make, fal: str) -> None:
        """A valid key passes with the balance, by a request that costs nothing."""
        settings = make(fal_queue_base_url=fal, fal_rest_base_url=fal, fal_platform_base_url=fal)
        found = await fal_check(settings)
        assert levels(found) == [Level.OK] * 4
        assert "fal_text_model is off" in found[2].what
        assert "$100.00" in found[1].what
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{fal}/requests")).json() == []

    async def test_proxy_is_named(self, make: Make, fal: str, tmp_path: Path) -> None:
        """Whether it works or not, and never with its password."""
        bases = {"fal_queue_base_url": fal, "fal_rest_base_url": fal, "fal_platform_base_url": fal}
        with Proxy("socks5", tmp_path) as proxy:
            found, *_ = await fal_check(make(**bases, fal_proxy=proxy.url()))
        (down,) = await fal_check(make(**bases, fal_proxy=proxy.url()))
        assert (found.level, down.level) == (Level.OK, Level.PROBLEM)
        assert "through fal_proxy" in found.what
        assert "fal_proxy" in down.to_do
        assert PASSWORD not in f"{found} {down}"

    async def test_wrong_key_is_reported_without_the_key(self, make: Make, fal: str) -> None:
        """A wrong key is a problem that refers to fal's dashboard and does not show the key."""
        settings = make(
            fal_queue_base_url=fal, fal_rest_base_url=fal, fal_api_key="an-id:a-wrong-secret"
        )
        (found,) = await fal_check(settings)
        assert found.level is Level.PROBLEM
        assert "fal_api_key" in found.to_do
        assert "a-wrong-secret" not in found.what

    @pytest.mark.parametrize(("balance", "level"), [(2.5, Level.WARNING), (-1.0, Level.PROBLEM)])
    async def test_low_balance_is_reported(
        self, make: Make, tmp_path: Path, balance: float, level: Level
    ) -> None:
        """A low balance is a warning before jobs fail, and a problem when they do."""
        async with serve_fal(Options(tmp_path, key=FAL_KEY, balance=balance)) as url:
            found = await fal_check(make(fal_queue_base_url=url, fal_rest_base_url=url))
        assert levels(found)[:2] == [Level.OK, level]

    async def test_unavailable_balance_is_a_warning(self, make: Make, fal: str) -> None:
        """A balance that fal does not report is a warning."""
        found = await fal_check(make(fal_queue_base_url=fal, fal_rest_base_url=unused_url()))
        assert levels(found)[:2] == [Level.OK, Level.WARNING]

    async def test_models_of_the_settings_that_changed_at_fal_are_warnings(
        self, make: Make, fal: str
    ) -> None:
        """A deprecated one, and one whose price moved by more than a tenth; others are not looked at."""
        bases = {"fal_queue_base_url": fal, "fal_rest_base_url": fal, "fal_platform_base_url": fal}
        async with httpx.AsyncClient(trust_env=False, base_url=f"{fal}/models/") as control:
            for endpoint, facts in (
                ("fal-ai/nano-banana", {"status": "deprecated"}),
                ("fal-ai/flux/schnell", {"unit_price": 0.006}),
                ("fal-ai/veo3.1", {"status": "deprecated"}),
            ):
                (await control.patch(endpoint, json=facts)).raise_for_status()
        found = [one for one in await fal_check(make(**bases)) if one.level is Level.WARNING]
        assert sorted(one.what for one in found) == [
            "fal-ai/flux/schnell costs $0.006 a unit, was $0.003.",
            "fal-ai/nano-banana is deprecated.",
        ]

    @pytest.mark.parametrize(
        ("key", "level"), [(f"admin-{FAL_KEY}", Level.OK), (FAL_KEY, Level.PROBLEM)]
    )
    async def test_scope_of_the_admin_key_is_checked(
        self, make: Make, fal: str, key: str, level: Level
    ) -> None:
        """A key of the scope API is a problem that says how to get the other; neither shows the key."""
        bases = {"fal_queue_base_url": fal, "fal_rest_base_url": fal, "fal_platform_base_url": fal}
        found = (await fal_check(make(**bases, fal_admin_key=key)))[-1]
        assert found.level is level
        assert "fal_admin_key" in found.what
        assert ("scope ADMIN" in found.to_do) == (level is Level.PROBLEM)
        assert "a-secret" not in f"{found}"

    async def test_models_that_cannot_be_compared_are_a_warning(self, make: Make, fal: str) -> None:
        """The doctor says why, and what to check."""
        bases = {"fal_queue_base_url": fal, "fal_rest_base_url": fal}
        found = await fal_check(make(**bases, fal_platform_base_url=unused_url()))
        assert found[-1].level is Level.WARNING
        assert "fal_platform_base_url" in found[-1].to_do

    async def test_language_model_is_asked_for_nothing(self, make: Make, fal: str) -> None:
        """A request without a prompt tells whether fal takes requests; one that it refuses is a warning."""
        bases = {"fal_queue_base_url": fal, "fal_rest_base_url": fal, "fal_platform_base_url": fal}
        settings = make(**bases, fal_run_base_url=fal, fal_text_model="google/gemini-2.5-flash")
        found = (await fal_check(settings))[2]
        assert (found.level, "fal_text_model" in found.what) == (Level.OK, True)
        async with httpx.AsyncClient(trust_env=False) as http:
            (request,) = (await http.get(f"{fal}/requests")).json()
            assert request["bill"] is None
            await http.post(f"{fal}/faults", json={"operation": "run", "status": 403})
        down = (await fal_check(settings))[2]
        assert down.level is Level.WARNING
        assert "users' own words" in down.what
        assert "fal_text_model=off" in down.to_do


class TestClock:
    @pytest.mark.parametrize(
        ("date", "level"),
        [("Thu, 01 Jan 2026 00:00:00 GMT", Level.PROBLEM), ("no date", Level.WARNING)],
    )
    async def test_wrong_or_unverifiable_clock_is_reported(
        self, make: Make, date: str, level: Level
    ) -> None:
        """A wrong clock is a problem and an unverifiable one a warning, by the Date header of other servers."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()

        async with converse(answer) as url:
            found = await clock.check(make(tg_api_base=url))
        assert levels(found) == [level]

    async def test_correct_clock_passes(self, make: Make, telegram: str) -> None:
        """A clock that agrees within the whole seconds of a Date header passes."""
        assert levels(await clock.check(make(tg_api_base=telegram))) == [Level.OK]

    @pytest.mark.parametrize(
        ("process", "own", "expected"),
        [(0, 1, [Level.OK]), (-20, 0, [Level.WARNING]), (0, 60, [Level.WARNING])],
    )
    async def test_clock_that_differs_from_redis_is_reported(
        self,
        make: Make,
        telegram: str,
        valkey_url: str,
        monkeypatch: pytest.MonkeyPatch,
        process: int,
        own: int,
        expected: list[Level],
    ) -> None:
        """A clock of this machine or of a process that differs from Redis is reported; two seconds are tolerated."""
        shifted = SimpleNamespace(time=lambda: time.time() + own, monotonic=time.monotonic)
        monkeypatch.setattr(redis_clock, "time", shifted)
        with Redis.from_url(valkey_url) as redis:
            redis.set(redis_clock.KEY, process)
        found = await clock.check(make(tg_api_base=telegram, redis_url=valkey_url))
        assert levels(found[1:]) == expected
