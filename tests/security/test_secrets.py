"""Run orders and failures at DEBUG, then search everything that was logged or answered for secrets and prompts."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from arq.connections import ArqRedis

from infra.redis.client import connect
from tests.infra.pictures import encoded, photo
from tests.message import is_clip, is_photo
from tests.processes import TOKEN, Installation, Process, said_on_failure
from tests.user import Message, User, create_users, words
from tests.valkey import ValkeyServer

pytestmark = pytest.mark.slow

FAL_KEY = "a1b2c3d4-key-of-the-tests:5e6f7a8b9c0d1e2f"
API_TOKEN = "an-api-token-of-the-tests-0123456789"
WEBHOOK_SECRET = "a-webhook-secret-of-the-tests-0123456789"
PROMPT = "фиолетовый жираф у 7731 моря"
MASKED = (TOKEN.partition(":")[2], FAL_KEY, FAL_KEY.partition(":")[2], API_TOKEN, WEBHOOK_SECRET)

PROBLEMS = ("#nsfw", "#fail", "#lost", "#badimage", "#cdn", "#twice", "#nullpayload")
USERS = len(PROBLEMS) + 5


@dataclass
class Ground:
    """An installation, its Redis, and its answers to strangers and to its owner."""

    installation: Installation
    valkey: ValkeyServer
    for_strangers: list[str] = field(default_factory=list)
    for_owner: list[str] = field(default_factory=list)

    async def fault(self, **fault: object) -> None:
        url = f"{self.installation.telegram_url}/faults"
        async with httpx.AsyncClient() as http:
            (await http.post(url, json=fault)).raise_for_status()


@pytest.fixture(scope="module")
async def searched() -> AsyncIterator[Ground]:
    """Run everything whose traces are searched."""
    with tempfile.TemporaryDirectory() as directory, ValkeyServer(Path(directory)) as valkey:
        folder = Path(directory)
        installation = Installation(folder, valkey.url, "webhook", settings=_settings())
        second = _in_production(installation).start()
        try:
            with installation, said_on_failure(installation):
                ground = Ground(installation, valkey)
                await _live(ground)
                yield ground
        finally:
            second.stop()


def _settings() -> dict[str, str]:
    return {
        "log_level": "DEBUG",
        "fal_api_key": FAL_KEY,
        "api_token": API_TOKEN,
        "tg_webhook_secret": WEBHOOK_SECRET,
    }


def _in_production(installation: Installation) -> Process:
    """Run a second worker with production's log format, which shares the work."""
    worker = installation.process("production", "-m", "worker")
    production = {
        "app_env": "production",
        "tg_update_mode": "polling",
        "public_url": "https://darkroom.example",
        "tg_allowed_user_ids": ",".join(str(1001 + number) for number in range(100)),
    }
    return replace(worker, environment={**worker.environment, **production})


async def _live(ground: Ground) -> None:
    users = await create_users(ground.installation.telegram_url, USERS)
    try:
        await ground.fault(method="editMessageMedia", status=429, retry_after=1)
        await ground.fault(method="editMessageText", status=500)
        await ground.fault(method="sendMessage", status=500)
        await ground.fault(method="getFile", status=500)
        async with asyncio.TaskGroup() as group:
            for user, problem in zip(users, ("", "", *PROBLEMS), strict=False):
                group.create_task(_make(user, "/image", problem))
            group.create_task(_make(users[-2], "/video", ""))
            group.create_task(_hand_in(users[-3]))
            group.create_task(_ask(ground))
            group.create_task(_lose_redis(ground, users[-1]))
        await _ask(ground)
    finally:
        await asyncio.gather(*(user.close() for user in users))


async def _make(user: User, command: str, problem: str) -> None:
    """Order an image; every outcome has a text of ours."""
    await user.say(f"{command} {PROMPT} {problem}")
    if command == "/video":
        await user.agree()
    await user.wait_for(_is_an_end, timeout=40)


async def _hand_in(user: User) -> None:
    """Send a file: its address at Telegram contains the bot's token, and one of our storage grants read access."""
    await user.send_photo(encoded(photo((320, 180)), "JPEG"), PROMPT)
    await user.wait_for(_is_an_end, timeout=40)


def _is_an_end(message: Message) -> bool:
    text = words(message)
    ends = ("❌", "не отправляю", "не пропустил", "повреждён")
    return is_photo(message) or is_clip(message) or any(mark in text for mark in ends)


async def _lose_redis(ground: Ground, user: User) -> None:
    """Lose Redis while other jobs are active."""
    await asyncio.sleep(4)
    ground.valkey.stop()
    await user.say(f"/image {PROMPT}")
    await asyncio.sleep(1)
    ground.valkey.start()
    await user.wait_for(_is_an_end, timeout=30)


async def _ask(ground: Ground) -> None:
    paths = ("/health", "/version", "/jobs", "/jobs/0123456789abcdef", "/openapi.json", "/nowhere")
    secret = {"X-Telegram-Bot-Api-Secret-Token": "wrong", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=ground.installation.api_url) as http:
        for path in paths:
            wrong = {"Authorization": f"Bearer {API_TOKEN[:-1]}"}
            right = {"Authorization": f"Bearer {API_TOKEN}"}
            for headers in ({}, wrong):
                ground.for_strangers.append((await http.get(path, headers=headers)).text)
            ground.for_owner.append((await http.get(path, headers=right)).text)
        refused = await http.post("/telegram/webhook", headers=secret, content=PROMPT.encode())
        ground.for_strangers.append(refused.text)


def _found(text: str, secrets: Iterable[str]) -> list[str]:
    """Return some words around each secret in the text."""
    return [
        text[max(0, at - 200) : at + 100] for secret in secrets if (at := text.find(secret)) >= 0
    ]


@pytest.fixture
async def redis(searched: Ground) -> AsyncIterator[ArqRedis]:
    pool = connect(searched.valkey.url)
    yield pool
    await pool.aclose(close_connection_pool=True)


async def _webhook_tokens(redis: ArqRedis) -> list[str]:
    keys = await redis.keys("darkroom:job:*")
    async with redis.pipeline() as pipe:
        for key in keys:
            pipe.hget(key, "webhook_token")
        return [token.decode() for token in await pipe.execute() if token]


async def test_logs_have_no_secret_and_no_prompt(searched: Ground, redis: ArqRedis) -> None:
    """Logs of every process at DEBUG, as text and as JSON, have no token, key, prompt or address with a token."""
    tokens = await _webhook_tokens(redis)
    assert len(tokens) >= USERS
    forbidden = (*MASKED, PROMPT, PROMPT.encode("unicode_escape").decode(), "/file/bot", *tokens)
    logs = sorted(searched.installation.folder.glob("*.log"))
    assert {"web.log", "worker.log", "production.log"} <= {log.name for log in logs}
    for log in logs:
        text = log.read_text()
        assert text.count("DEBUG") > 10 or log.stem in {"telegram", "fal", "web"}, log.name
        assert _found(text, forbidden) == [], log.name
        assert log.stem in {"telegram", "fal"} or "/files/" not in text, log.name


def test_answers_to_strangers_have_no_secret_and_no_prompt(searched: Ground) -> None:
    """No request of a stranger returns one."""
    for answer in searched.for_strangers:
        assert _found(answer, (*MASKED, PROMPT, "127.0.0.1", "unix://")) == []


async def test_answers_to_the_owner_have_no_secret(searched: Ground, redis: ArqRedis) -> None:
    """The owner sees jobs and health, but no keys and none of the webhook addresses that fal calls."""
    forbidden = (*MASKED, searched.installation.fal_url, *await _webhook_tokens(redis))
    assert any(PROMPT in answer for answer in searched.for_owner)
    for answer in searched.for_owner:
        assert _found(answer, forbidden) == []


async def test_redis_has_prompts_only_in_jobs_and_no_secret(
    searched: Ground, redis: ArqRedis
) -> None:
    """arq's definitions and results, conversations and counters have no prompt: only jobs, users and updates do."""
    for key in await redis.keys("*"):
        # A key that has expired since then has no value.
        dumped = (await redis.dump(key) or b"").decode("utf-8", "replace")
        assert _found(dumped, MASKED) == [], key
        if not key.startswith((b"darkroom:job:", b"darkroom:fal-webhook:")):
            assert _found(dumped, [PROMPT]) == [], key
