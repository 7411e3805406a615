"""The shipped Caddyfile, in the real Caddy in front of the real webhook_app."""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.redis.client import connect
from tests.processes import ROOT, Process, free_port, status_of, wait_until
from tests.programs import find_program
from tests.valkey import ValkeyServer
from tests.webhook_app.client import SECRET, TOKEN
from webhook_app.http.rate_limit import LIMIT
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import Kind, Request, Status

pytestmark = pytest.mark.slow

_CADDYFILE = ROOT / "infra" / "deploy" / "Caddyfile"
_API_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"
_BEARER = {"Authorization": f"Bearer {_API_TOKEN}"}


class _Site:
    """Caddy at `url`, with its `log`, in front of webhook_app."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        port, upstream = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "caddy.log"
        environment = {
            "api_host": "127.0.0.1",
            "api_port": str(upstream),
            "api_token": _API_TOKEN,
            "redis_url": redis_url,
            "tg_bot_token": TOKEN,
            "tg_api_base": "http://127.0.0.1:1",
            "tg_update_mode": "webhook",
            "tg_webhook_secret": SECRET,
            "public_url": self.url,
        }
        self.webhook_app = Process("web", ("-m", "webhook_app"), environment, folder, warm=True)
        self.upstream = f"http://127.0.0.1:{upstream}"
        names = {"DARKROOM_DOMAIN": self.url, "DARKROOM_UPSTREAM": f"127.0.0.1:{upstream}"}
        self._environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", **names}

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._caddy = subprocess.Popen(
                [
                    find_program("caddy", "caddy"),
                    "run",
                    "--adapter",
                    "caddyfile",
                    "--config",
                    str(_CADDYFILE),
                ],
                env=self._environment,
                stderr=log,
            )
        self.webhook_app.start().wait_for(f"{self.upstream}/version")
        wait_until(lambda: status_of(f"{self.url}/version") == 200, "Caddy")

    def stop(self) -> None:
        self._caddy.terminate()
        self._caddy.wait(10)
        self.webhook_app.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Site]:
    folder = tmp_path_factory.mktemp("caddy")
    with ValkeyServer(folder) as valkey:
        site = _Site(folder, valkey.url)
        site.start()
        try:
            yield site
        finally:
            site.stop()


@pytest.fixture
async def redis(site: _Site) -> AsyncIterator[ArqRedis]:
    redis = connect(site.webhook_app.environment["redis_url"])
    await redis.flushdb()
    yield redis
    await redis.aclose(close_connection_pool=True)


async def test_events_are_not_buffered(site: _Site, redis: ArqRedis) -> None:
    """Caddy does not buffer server-sent events."""
    jobs = JobStore(redis, Limits(), time.time)
    request = Request(
        kind=Kind.IMAGE,
        user_id=7,
        chat_id=7,
        message_id=1,
        language="en",
        prompt="a fox",
        model="fal-ai/flux/schnell",
    )
    job = await jobs.create(request, origin="1")
    async with (
        httpx.AsyncClient(base_url=site.url, headers=_BEARER, timeout=10) as client,
        client.stream("GET", f"/jobs/{job.id}/events") as events,
    ):
        lines = events.aiter_lines()
        assert '"created"' in await _next_data(lines)
        await jobs.move(job, None, Status.CANCELLED, due=None)
        assert '"cancelled"' in await _next_data(lines)


async def _next_data(lines: AsyncIterator[str]) -> str:
    while not (line := await anext(lines)).startswith("data:"):
        pass
    return line


async def test_rate_limit_counts_the_real_client_address(site: _Site, redis: ArqRedis) -> None:
    """The rate limit counts a guess for the client's real address, whatever address it claims."""
    async with httpx.AsyncClient(base_url=site.url) as client:
        for number in range(LIMIT + 1):
            forged = {"Authorization": "Bearer wrong", "X-Forwarded-For": f"203.0.113.{number}"}
            answer = await client.get("/jobs", headers=forged)
    assert answer.status_code == 429
    assert b"127.0.0.1" in (await redis.keys("darkroom:wrong-tokens:*"))[0]


async def test_oversized_bodies_are_refused(site: _Site, redis: ArqRedis) -> None:
    """A body of megabytes gets 413, and webhook_app keeps answering."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=site.url, headers=headers, timeout=30) as client:
        assert (await client.post("/telegram/webhook", content=b"x" * 9_000_000)).status_code == 413
        assert (await client.get("/health")).status_code in {200, 503}


async def test_no_secret_is_logged_while_webhook_app_is_down(site: _Site, redis: ArqRedis) -> None:
    """Neither access log lines nor error lines contain a secret."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, **_BEARER}
    paths = (
        "/telegram/webhook",
        "/fal/webhook/0t70tdvz3114s59n/the-jobs-token",
        "/files/a-signed-one",
    )
    async with httpx.AsyncClient(base_url=site.url, headers=headers) as client:
        for path in paths:
            await client.post(path, json={"update_id": 1})
        site.webhook_app.stop()
        answers = [await client.post(path, json={"update_id": 2}) for path in paths]
    site.webhook_app.start().wait_for(f"{site.upstream}/version")
    assert {answer.status_code for answer in answers} == {502}
    _wait_for_line(site.log, "connection refused")
    log = site.log.read_text()
    assert "/fal/webhook/…" in log
    for secret in (SECRET, _API_TOKEN, "the-jobs-token", "a-signed-one"):
        assert secret not in log


def _wait_for_line(log: Path, part: str) -> None:
    deadline = time.monotonic() + 5
    while part not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
