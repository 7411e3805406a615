import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.types import BufferedInputFile, InputMediaDocument
from arq.connections import ArqRedis

from infra.observability.metrics import Meter
from infra.redis.client import connect
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.bot import create_bot
from infra.telegram.throttle import (
    BOT_KEY,
    PATIENCE_MS,
    MessageRates,
    Throttle,
    ThrottledError,
    chat_key,
)
from tests.infra.loopback import unused_url
from tests.infra.sandbox.telegram.server import serve
from tests.infra.telegram.conftest import TOKEN, Disturb
from tests.user import User, create_group

CHATS = 70


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[str]:
    """A Telegram with the real rates."""
    async with serve(SandboxSettings(data=tmp_path, token=TOKEN)) as address:
        yield address


def process(telegram: str, redis: ArqRedis, rates: MessageRates | None = None) -> Bot:
    """Return the bot of one process."""
    return create_bot(TOKEN, telegram, Throttle(redis, rates))


@pytest.fixture
async def bot(telegram: str, redis: ArqRedis) -> AsyncIterator[Bot]:
    async with process(telegram, redis) as bot:
        yield bot


@pytest.fixture
async def other(telegram: str, redis: ArqRedis) -> AsyncIterator[Bot]:
    async with process(telegram, redis) as bot:
        yield bot


@pytest.fixture
async def chats(telegram: str) -> list[int]:
    """Return users who have started the bot."""
    found: list[int] = []
    async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
        for number in range(CHATS):
            body = {"first_name": f"User {number}"}
            found.append((await client.post("/users", json=body)).json()["id"])
            await client.post(f"/users/{found[-1]}/messages", json={"text": "/start"})
    return found


async def send(bot: Bot, chat: int, text: str = "…") -> float:
    """Send a message as a deferred task would, and return the seconds that it took."""
    begun = time.monotonic()
    while True:
        try:
            await bot.send_message(chat, text)
        except ThrottledError as refusal:
            await asyncio.sleep(refusal.seconds)
        except TelegramRetryAfter as refusal:
            await asyncio.sleep(refusal.retry_after)
        else:
            return time.monotonic() - begun


async def count_refusals(telegram: str) -> int:
    """Return how often Telegram answered 429."""
    async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
        calls = (await client.get("/sent")).json()
    return sum(call["status"] == 429 for call in calls)


async def test_many_chats_at_once_meet_no_refusal(
    telegram: str, bot: Bot, other: Bot, chats: list[int]
) -> None:
    """Two processes send two messages to each of many chats, about as fast as Telegram's rates allow."""
    begun = time.monotonic()
    jobs = [send(one, chat) for chat in chats for one in (bot, other)]
    await asyncio.gather(*jobs)
    took = time.monotonic() - begun
    # Both processes and Telegram share one loop, which a busy machine may halt for a second.
    assert await count_refusals(telegram) <= 2
    least = (2 * CHATS - 30) / 30
    assert least * 0.8 < took < least + 6


async def test_idle_bot_sends_a_burst_at_once(bot: Bot, chats: list[int]) -> None:
    """After a pause nobody waits: neither for the bot's bucket nor for that of a chat."""
    took = [await send(bot, chats[0]) for _ in range(5)]
    took += await asyncio.gather(*(send(bot, chat) for chat in chats[1:9]))
    assert max(took) < PATIENCE_MS / 1000


async def test_hot_chat_does_not_delay_others(
    telegram: str, bot: Bot, other: Bot, chats: list[int]
) -> None:
    """While many messages wait for one chat, those to other chats are sent at once."""
    hot = [asyncio.create_task(send(bot, chats[0], str(number))) for number in range(12)]
    await asyncio.sleep(0.3)
    took = [await send(other, chat) for chat in chats[1:11]]
    assert max(took) < 0.7
    assert not all(task.done() for task in hot)
    await asyncio.gather(*hot)
    assert await count_refusals(telegram) == 0


async def test_group_gets_twenty_in_a_minute(
    telegram: str, redis: ArqRedis, bot: Bot, chats: list[int]
) -> None:
    """The twenty-first message to a group is deferred until the first one is a minute old."""
    async with User(telegram, chats[0]) as user:
        group = (await create_group(telegram, "Studio", [user]))["id"]
    # The messages of the last half minute, as their bucket keeps them.
    seconds, microseconds = await redis.time()
    now = seconds * 1000 + microseconds // 1000
    sent = " ".join(str(now - 30_000 + number) for number in reversed(range(20)))
    await redis.set(chat_key(group), f"0 0 0 0 {sent}", px=60_000)
    waits = []
    for _ in range(2):
        with pytest.raises(ThrottledError) as refusal:
            await bot.send_message(group, "…")
        waits.append(refusal.value.seconds)
    assert 25 < waits[0] <= 31.1
    assert waits[0] < waits[1] + 0.5
    assert await send(bot, chats[0]) < 1


async def test_files_of_an_album_count_one_by_one(bot: Bot, chats: list[int]) -> None:
    """After an album of ten, the next message to the chat waits for more than a second, others do not."""
    files = [
        InputMediaDocument(media=BufferedInputFile(b"%d" % number, f"{number}.txt"))
        for number in range(10)
    ]
    await bot.send_media_group(chats[0], [*files])
    with pytest.raises(ThrottledError):
        await bot.send_message(chats[0], "…")
    assert await send(bot, chats[1]) < 0.5


async def test_edit_that_can_wait_leaves_half_of_a_bucket(
    redis: ArqRedis, bot: Bot, chats: list[int]
) -> None:
    """Messages that cannot wait still find tokens when edits of job messages do not."""
    throttle = Throttle(redis)
    assert await throttle.take_spare(chats[0]) == 0
    assert 0 < await throttle.take_spare(chats[0]) <= 1
    for _ in range(4):
        await bot.send_message(chats[1], "…")
    assert await throttle.take_spare(chats[1]) > 0
    assert await send(bot, chats[1]) < 0.5


async def test_album_does_not_take_the_places_of_others(
    telegram: str, bot: Bot, other: Bot, chats: list[int]
) -> None:
    """In the bot's queue each chat has one place: ten messages of one chat do not come before one of another."""
    crowd = [asyncio.create_task(send(bot, chat)) for chat in chats[:60]]
    await asyncio.sleep(0.1)
    many = [asyncio.create_task(send(bot, chats[60], str(number))) for number in range(10)]
    one = await send(other, chats[61])
    assert not all(task.done() for task in many)
    assert one < 4
    await asyncio.gather(*crowd, *many)
    assert await count_refusals(telegram) <= 2


async def test_refusal_of_telegram_holds_all_processes(
    bot: Bot, other: Bot, chats: list[int], disturb: Disturb
) -> None:
    """A 429 for a chat defers its messages in each process; other chats go on."""
    await disturb("sendMessage", status=429, retry_after=5)
    for one in (bot, other):
        with pytest.raises(ThrottledError) as refusal:
            await one.send_message(chats[0], "…")
        assert 3 < refusal.value.seconds < 7
    assert await send(other, chats[1]) < 1


async def test_second_refused_chat_holds_the_whole_bot(
    bot: Bot, other: Bot, chats: list[int], disturb: Disturb
) -> None:
    """Telegram limits the bot when it refuses two chats at once: a third one is not tried."""
    await disturb("sendMessage", status=429, retry_after=5, times=2)
    for chat in chats[:2]:
        with pytest.raises(ThrottledError):
            await bot.send_message(chat, "…")
    with pytest.raises(ThrottledError) as refusal:
        await other.send_message(chats[2], "…")
    assert 2 < refusal.value.seconds <= 5


async def test_short_refusal_is_waited_out(bot: Bot, chats: list[int], disturb: Disturb) -> None:
    """After a 429 of a second the same call succeeds; a second 429 is raised."""
    await disturb("sendMessage", status=429, retry_after=1)
    assert (await bot.send_message(chats[0], "apple")).text == "apple"
    await disturb("sendMessage", status=429, retry_after=1, times=2)
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(chats[1], "pear")


async def test_messages_are_sent_without_redis(telegram: str, chats: list[int]) -> None:
    """While Redis is not available, messages go out as soon as that is known, and the next ones at once."""
    redis = connect(unused_url().replace("http", "redis"))
    async with process(telegram, redis) as bot:
        assert await send(bot, chats[0]) < 5
        assert await send(bot, chats[1]) < 0.5
    await redis.aclose()


async def test_tokens_of_a_killed_process_return(
    redis: ArqRedis, telegram: str, bot: Bot, other: Bot, chats: list[int]
) -> None:
    """Tokens are taken at most a second before their message, so those of a killed process are lost no longer."""
    crowd = [asyncio.create_task(bot.send_message(chat, "…")) for chat in chats]
    await asyncio.sleep(0.2)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    await redis.delete(*map(chat_key, chats))
    full, *_ = map(int, (await redis.get(BOT_KEY) or b"0").split())
    seconds, _ = await redis.time()
    assert full / 1000 - seconds < 1 + 0.5 + 1


async def test_buckets_expire(redis: ArqRedis, bot: Bot, chats: list[int]) -> None:
    """A chat's bucket is kept only until it is full again."""
    await bot.send_message(chats[0], "…")
    assert 0 < await redis.pttl(chat_key(chats[0])) <= 1000
    assert await redis.pttl(BOT_KEY) < 1000
    assert await redis.pttl(BOT_KEY) != -1


async def test_waits_are_measured(telegram: str, redis: ArqRedis, chats: list[int]) -> None:
    """The metrics have the waits, and the messages that were deferred."""
    meter = Meter()
    async with create_bot(TOKEN, telegram, Throttle(redis, None, meter)) as bot:
        for _ in range(6):
            await bot.send_message(chats[0], "…")
        await bot.send_message(chats[0], "…")
        with pytest.raises(ThrottledError):
            await asyncio.gather(*(bot.send_message(chats[0], "…") for _ in range(3)))
    await meter.flush(redis)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hgetall("darkroom:metrics")
        (found,) = await pipe.execute()
    assert float(found[b"darkroom_telegram_deferred_total"]) >= 1
    assert float(found[b"darkroom_telegram_throttle_seconds_sum"]) > 0.5
