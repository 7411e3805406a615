import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from arq.connections import ArqRedis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.valkey import ValkeyServer
from tests.webhook_app.client import SECRET, kept, post, serve, settings_for
from worker.queues.names import Queue

MESSAGE = b'{"update_id": 7, "message": {"chat": {"id": -100}, "text": "a red apple"}}'
LIMIT = 1024 * 1024


async def test_update_is_stored_and_wakes_a_drain(
    client: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """One request stores the raw bytes in the chat's inbox and enqueues one arq job."""
    answer = await post(client, MESSAGE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert await kept(redis, "-100") == [MESSAGE]
    assert await redis.zcard(Queue.UPDATES) == 1


async def test_repeated_update_is_enqueued_once(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    """Telegram repeats updates: each repetition gets 200, and nothing is doubled."""
    answers = [(await post(client, MESSAGE)).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert await kept(redis, "-100") == [MESSAGE]


async def test_concurrent_updates_share_round_trips(
    client: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """Forty at once are all stored before their 200, in fewer scripts than updates."""
    before = await steps(redis)
    bodies = [b'{"update_id": %d, "message": {"chat": {"id": 9}}}' % number for number in range(40)]
    answers = await asyncio.gather(*(post(client, body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await kept(redis, "9")) == sorted(bodies)
    assert await steps(redis) - before < 40


async def steps(redis: ArqRedis) -> int:
    """Return how many scripts Redis has run."""
    calls: int = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    return calls


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "é"])
async def test_wrong_secret_is_refused(
    client: httpx.AsyncClient, redis: ArqRedis, secret: str
) -> None:
    """Nothing is stored, and the refusal is counted."""
    answer = await post(client, MESSAGE, secret=secret)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert not await redis.exists("darkroom:inbox:-100")
    async with redis.pipeline() as pipe:
        pipe.hgetall("darkroom:updates:refused")
        assert await pipe.execute() == [{b"401": b"1"}]


async def test_only_post_is_allowed(client: httpx.AsyncClient) -> None:
    """Another method gets a 405 that names POST."""
    answer = await client.get("/telegram/webhook")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("content_type", ["text/plain", "application/jsonp", ""])
async def test_only_json_is_accepted(client: httpx.AsyncClient, content_type: str) -> None:
    """Telegram sends JSON."""
    answer = await post(client, MESSAGE, **{"Content-Type": content_type})
    assert answer.status_code == 415


async def test_the_content_type_may_carry_parameters(client: httpx.AsyncClient) -> None:
    """A charset behind the media type changes nothing."""
    answer = await post(client, MESSAGE, **{"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 200


async def test_body_of_the_limit_is_accepted(client: httpx.AsyncClient) -> None:
    """The limit is 1 MiB."""
    body = MESSAGE + b" " * (LIMIT - len(MESSAGE))
    assert (await post(client, body)).status_code == 200


async def test_content_length_above_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    """The body is not read."""
    answer = await post(client, MESSAGE + b" " * LIMIT)
    assert answer.status_code == 413
    assert answer.json()["title"] == "Content Too Large"


async def test_streamed_body_above_the_limit_is_refused(
    client: httpx.AsyncClient, redis: ArqRedis
) -> None:
    """Chunks without a length are counted as they come."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (LIMIT // 10)

    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    answer = await client.post("/telegram/webhook", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert await redis.keys("darkroom:inbox:*") == []


async def test_invalid_update_is_stored(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    """Telegram would repeat it for a day: it gets 200, and becomes a dead letter."""
    bodies = [b"", b"nonsense", b"[1]", b"\xff\xfe", b"[" * 100_000]
    assert [(await post(client, body)).status_code for body in bodies] == [200] * len(bodies)
    assert await kept(redis, "unreadable") == bodies


async def test_webhook_is_not_found_in_polling_mode(valkey_url: str) -> None:
    """In polling mode Telegram gets no webhook address."""
    async with serve(settings_for(valkey_url, tg_update_mode="polling")) as client:
        assert (await post(client, MESSAGE)).status_code == 404


async def test_redis_outage_is_a_503_until_it_is_back(mortal_valkey: ValkeyServer) -> None:
    """503 with Retry-After within two seconds, and 200 as soon as Redis is back."""
    async with serve(settings_for(mortal_valkey.url)) as client:
        assert (await post(client, MESSAGE)).status_code == 200
        mortal_valkey.stop()
        started = time.monotonic()
        answer = await post(client, MESSAGE)
        assert time.monotonic() - started < 2.5
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        mortal_valkey.start()
        assert (await post(client, MESSAGE)).status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)
UPDATES = st.fixed_dictionaries(
    {},
    optional={
        "update_id": JSON,
        "message": st.fixed_dictionaries({}, optional={"chat": JSON, "from": JSON, "text": JSON}),
        "callback_query": JSON,
        "something_new": JSON,
    },
)


@pytest.mark.slow
async def test_arbitrary_json_is_stored(client: httpx.AsyncClient, redis: ArqRedis) -> None:
    """Arbitrary JSON gets 200 and is never lost."""
    bodies: set[bytes] = set()

    @given(st.one_of(JSON, UPDATES).map(json.dumps).map(str.encode))
    @hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def collect(body: bytes) -> None:
        bodies.add(body)

    collect()
    for body in bodies:
        assert (await post(client, body)).status_code == 200, body
    chats = [key.decode().rpartition(":")[2] for key in await redis.keys("darkroom:inbox:*")]
    stored = {body for chat in chats for body in await kept(redis, chat)}
    repeated = {body for body in bodies if body not in stored}
    assert all(_has_a_twin(body, stored) for body in repeated)


def _has_a_twin(body: bytes, stored: set[bytes]) -> bool:
    """Only an update whose id came before may be missing."""
    update_id = json.loads(body)["update_id"]
    return any(
        isinstance(other := json.loads(kept), dict) and other.get("update_id") == update_id
        for kept in stored
    )
