from collections.abc import AsyncIterator

import httpx
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from tests.valkey import ValkeyServer
from tests.webhook_app.door import serve, settings_for
from tests.webhook_app.fake_telegram import eventually
from webhook_app.http.rate_limit import LIMIT, SECONDS

TOKEN = "an-api-token-for-the-tests"


async def ask(
    client: httpx.AsyncClient, token: str, address: str = "192.0.2.7", path: str = "/jobs"
) -> httpx.Response:
    """Ask through a proxy that names this address."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
    return await client.get(path, headers=headers)


@pytest.fixture(scope="module")
async def guarded(valkey: ValkeyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_for(valkey.url, api_token=TOKEN)) as client:
        yield client


async def test_the_bearer_of_the_token_is_let_in(guarded: httpx.AsyncClient) -> None:
    """The scheme's name may be written in any case."""
    for scheme in ("Bearer", "bearer"):
        answer = await guarded.get("/jobs", headers={"Authorization": f"{scheme} {TOKEN}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
async def test_everybody_else_is_told_what_is_missing(
    guarded: httpx.AsyncClient, authorization: str
) -> None:
    """Once a token is set it is asked for even on this machine."""
    answer = await guarded.get("/jobs", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/jobs/0000000000000000", "/jobs/0000000000000000/events"])
async def test_every_address_with_prompts_is_guarded(guarded: httpx.AsyncClient, path: str) -> None:
    """A stranger does not even learn whether there is such a job."""
    assert (await guarded.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.2", 200), ("::1", 200), ("192.0.2.7", 403), ("nobody", 403)]
)
async def test_without_a_token_only_this_machine_is_let_in(
    door: httpx.AsyncClient, address: str, status: int
) -> None:
    """A proxy on this machine says who asks; nobody elsewhere can be told from a stranger."""
    answer = await door.get("/jobs", headers={"X-Forwarded-For": address})
    assert answer.status_code == status


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", "[", "a b"])
async def test_a_foreign_name_for_this_machine_is_not_this_machine(
    door: httpx.AsyncClient, host: str
) -> None:
    """A web page that makes its own name mean 127.0.0.1 gets nothing."""
    answer = await door.get("/jobs", headers={"Host": host})
    assert answer.status_code == 403


async def test_who_guesses_is_made_to_wait(guarded: httpx.AsyncClient, redis: ArqRedis) -> None:
    """After ten wrong tokens in a minute the right one is refused alike; other addresses are not concerned."""
    for _ in range(LIMIT):
        assert (await ask(guarded, "wrong")).status_code == 401
    refused = [await ask(guarded, token) for token in ("wrong", TOKEN)]
    assert [answer.status_code for answer in refused] == [429, 429]
    assert all(0 < int(answer.headers["retry-after"]) <= SECONDS for answer in refused)
    assert (await ask(guarded, TOKEN, "192.0.2.8")).status_code == 200
    await redis.delete("darkroom:wrong-tokens:192.0.2.7")
    assert (await ask(guarded, TOKEN)).status_code == 200


async def test_guesses_are_forgotten_after_a_minute(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """Each address is counted for itself, an IPv6 network as one, and what is no address together."""
    for address in ("2001:db8::1", "2001:db8::2", "nobody", "no one"):
        await ask(guarded, "wrong", address)
    for name, count in {"2001:db8::": b"2", "unknown": b"2"}.items():
        key = f"darkroom:wrong-tokens:{name}"
        assert await redis.get(key) == count
        assert 0 < await redis.ttl(key) <= SECONDS


async def test_a_knock_without_a_token_is_no_guess(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """Whoever looks what is here locks nobody out."""
    for _ in range(LIMIT + 1):
        assert (await guarded.get("/jobs")).status_code == 401
    assert await redis.keys("darkroom:wrong-tokens:*") == []


async def test_health_and_version_are_no_way_to_guess(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """They tell the owner more; but not whoever has guessed too often."""
    for _ in range(LIMIT):
        answer = await ask(guarded, "wrong", path="/version")
        assert answer.json() == {"name": "darkroom"}
    assert set((await ask(guarded, TOKEN, path="/health")).json()) == {"status"}
    answer = await ask(guarded, TOKEN, "192.0.2.8", path="/version")
    assert "version" in answer.json()


async def test_without_redis_tokens_are_compared_all_the_same(mortal_valkey: ValkeyServer) -> None:
    """The owner is told what is wrong; a stranger stays outside."""
    async with serve(settings_for(mortal_valkey.url, api_token=TOKEN)) as client:
        mortal_valkey.kill()
        assert (await ask(client, "wrong")).status_code == 401
        await eventually(lambda: _is_told_of_redis(client), seconds=15)


async def _is_told_of_redis(client: httpx.AsyncClient) -> bool:
    answer = await ask(client, TOKEN, path="/health")
    return bool(answer.json()["dependencies"]["redis"]["status"] == "failing")


async def test_nobody_else_is_believed_about_addresses(
    valkey: ValkeyServer, redis: ArqRedis
) -> None:
    """From an address that is no configured proxy, a forged X-Forwarded-For neither opens nor hides anything."""
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


async def test_only_the_nearest_stranger_counts(
    guarded: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """A proxy adds whom it sees behind whatever the client has claimed."""
    await ask(guarded, "wrong", "127.0.0.1, 10.0.0.1, 198.51.100.7")
    assert await redis.exists("darkroom:wrong-tokens:198.51.100.7") == 1


async def test_every_response_carries_the_careful_headers(guarded: httpx.AsyncClient) -> None:
    """Errors and answers alike."""
    for path in ("/version", "/jobs", "/nowhere"):
        headers = (await guarded.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
