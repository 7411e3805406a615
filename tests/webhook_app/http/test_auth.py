from collections.abc import AsyncIterator

import httpx
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from tests.valkey import ValkeyServer
from tests.webhook_app.client import serve, settings_for
from tests.webhook_app.fake_telegram import eventually
from webhook_app.http.rate_limit import LIMIT, SECONDS

TOKEN = "an-api-token-for-the-tests"


async def ask(
    client: httpx.AsyncClient, token: str, address: str = "192.0.2.7", path: str = "/jobs"
) -> httpx.Response:
    """Send a request through a proxy that names this address."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
    return await client.get(path, headers=headers)


@pytest.fixture(scope="module")
async def guarded(valkey: ValkeyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_for(valkey.url, api_token=TOKEN)) as client:
        yield client


async def test_bearer_token_is_accepted(guarded: httpx.AsyncClient) -> None:
    """The scheme's name is case-insensitive."""
    for scheme in ("Bearer", "bearer"):
        answer = await guarded.get("/jobs", headers={"Authorization": f"{scheme} {TOKEN}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
async def test_missing_token_is_named(guarded: httpx.AsyncClient, authorization: str) -> None:
    """If a token is set, requests from this machine need it, too."""
    answer = await guarded.get("/jobs", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/jobs/0000000000000000", "/jobs/0000000000000000/events"])
async def test_every_endpoint_with_prompts_needs_the_token(
    guarded: httpx.AsyncClient, path: str
) -> None:
    """A stranger does not learn whether a job exists."""
    assert (await guarded.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.2", 200), ("::1", 200), ("192.0.2.7", 403), ("nobody", 403)]
)
async def test_without_a_token_only_loopback_is_allowed(
    client: httpx.AsyncClient, address: str, status: int
) -> None:
    """A proxy on this machine names the client; only loopback clients are allowed."""
    answer = await client.get("/jobs", headers={"X-Forwarded-For": address})
    assert answer.status_code == status


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", "[", "a b"])
async def test_foreign_host_name_of_loopback_is_refused(
    client: httpx.AsyncClient, host: str
) -> None:
    """A web page whose host name resolves to 127.0.0.1 gets nothing."""
    answer = await client.get("/jobs", headers={"Host": host})
    assert answer.status_code == 403


async def test_wrong_tokens_are_rate_limited(guarded: httpx.AsyncClient, redis: ArqRedis) -> None:
    """After ten wrong tokens in a minute the right one is refused, too; other addresses are not affected."""
    for _ in range(LIMIT):
        assert (await ask(guarded, "wrong")).status_code == 401
    refused = [await ask(guarded, token) for token in ("wrong", TOKEN)]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert all(0 < int(answer.headers["retry-after"]) <= SECONDS for answer in refused)
    assert (await ask(guarded, TOKEN, "192.0.2.8")).status_code == 200
    await redis.delete("darkroom:wrong-tokens:192.0.2.7")
    assert (await ask(guarded, TOKEN)).status_code == 200


async def test_wrong_tokens_are_counted_by_address_for_a_minute(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """An IPv6 network counts as one address, and invalid addresses count together."""
    for address in ("2001:db8::1", "2001:db8::2", "nobody", "no one"):
        await ask(guarded, "wrong", address)
    for name, count in {"2001:db8::": b"2", "unknown": b"2"}.items():
        key = f"darkroom:wrong-tokens:{name}"
        assert await redis.get(key) == count
        assert 0 < await redis.ttl(key) <= SECONDS


async def test_request_without_a_token_is_no_attempt(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """Requests without a token lock nobody out."""
    for _ in range(LIMIT + 1):
        assert (await guarded.get("/jobs")).status_code == 401
    assert await redis.keys("darkroom:wrong-tokens:*") == []


async def test_health_and_version_count_wrong_tokens(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """They show more to the owner, but not after too many wrong tokens."""
    for _ in range(LIMIT):
        answer = await ask(guarded, "wrong", path="/version")
        assert answer.json() == {"name": "darkroom"}
    assert set((await ask(guarded, TOKEN, path="/health")).json()) == {"status"}
    answer = await ask(guarded, TOKEN, "192.0.2.8", path="/version")
    assert "version" in answer.json()


@pytest.mark.slow
async def test_without_redis_tokens_are_still_compared(mortal_valkey: ValkeyServer) -> None:
    """The owner gets the reason; a stranger is refused."""
    async with serve(settings_for(mortal_valkey.url, api_token=TOKEN)) as client:
        mortal_valkey.kill()
        assert (await ask(client, "wrong")).status_code == 401
        await eventually(lambda: _is_told_of_redis(client), seconds=15)


async def _is_told_of_redis(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, TOKEN, path="/health")
    return bool(answer.json()["dependencies"]["redis"]["status"] == "failing")


@pytest.mark.slow
async def test_forwarded_header_of_an_untrusted_client_is_ignored(
    valkey: ValkeyServer, redis: ArqRedis
) -> None:
    """Without a configured proxy, a forged X-Forwarded-For neither opens nor hides anything."""
    elsewhere = settings_for(valkey.url, trusted_proxies="192.0.2.0/24,::1")
    async with serve(elsewhere) as client:
        for address in ("192.0.2.7", "198.51.100.1", "nobody"):
            answer = await client.get("/jobs", headers={"X-Forwarded-For": address})
            assert answer.status_code == 200
    async with serve(elsewhere.model_copy(update={"api_token": SecretStr(TOKEN)})) as client:
        for number in range(LIMIT):
            await ask(client, "wrong", f"198.51.100.{number}")
        assert (await ask(client, TOKEN, "198.51.100.99")).status_code == 429
    assert await redis.keys("darkroom:wrong-tokens:*") == [b"darkroom:wrong-tokens:127.0.0.1"]


async def test_last_untrusted_address_is_the_client(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """A proxy appends its client's address to whatever that client has claimed."""
    await ask(guarded, "wrong", "127.0.0.1, 10.0.0.1, 198.51.100.7")
    assert await redis.exists("darkroom:wrong-tokens:198.51.100.7") == 1


async def test_every_response_has_the_security_headers(guarded: httpx.AsyncClient) -> None:
    """Errors, too."""
    for path in ("/version", "/jobs", "/nowhere"):
        headers = (await guarded.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
