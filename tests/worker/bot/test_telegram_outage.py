"""Updates during an outage of Telegram: through their chat's inbox, with the fake Telegram."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from arq.connections import ArqRedis
from loguru import logger

from infra.redis.client import dumps
from infra.settings import Settings
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery
from tests.user import User, create_group, words
from tests.worker.bot.conversation import TOKEN, Conversation, labels
from tests.worker.bot.drawings import drawing
from worker.bot.dispatcher import create_dispatcher, handle
from worker.bot.services.error_messages import ErrorMessages
from worker.queues import drain as inbox
from worker.queues.drain import drain
from worker.queues.inbox import Inbox
from worker.queues.names import Queue

PAGE = "<html>502 Bad Gateway</html>"
OUTAGES: Mapping[str, dict[str, Any]] = {
    "page": {"status": 502, "body": PAGE},
    "server error": {"status": 500},
    "empty": {"status": 200, "body": ""},
    "cut": {"status": 500, "cut": True},
    "too large": {"status": 413, "body": PAGE},
    "token is changed": {"status": 401},
    "flood": {"status": 429, "retry_after": 120},
    "reset": {"drop": True},
}


@dataclass
class Worker:
    """The updates worker; each drain runs when it is due."""

    conversation: Conversation
    redis: ArqRedis
    dialog: inbox.Conversation

    async def receive(self) -> None:
        """Enqueue what users have sent."""
        for update in await self.conversation.updates():
            content = next(value for key, value in update.items() if key != "update_id")
            chat = str(content.get("message", content)["chat"]["id"])
            await self.dialog.inbox.enqueue(update["update_id"], chat, dumps(update))

    async def work(self) -> None:
        """Drain every chat once."""
        for chat in await self.redis.zrange("darkroom:chats", 0, -1):
            await drain(self.dialog, chat.decode())

    async def take(self) -> None:
        await self.receive()
        await self.work()

    async def outage(self, **fault: Any) -> None:
        """Let Telegram answer only getUpdates."""
        problem = {"exclude": ["getUpdates"], "times": 10_000, **fault}
        await self.conversation.disturb("*", **problem)

    async def end(self) -> None:
        """End the outage."""
        await self.conversation.telegram.delete("/faults")


@pytest.fixture
async def worker(conversation: Conversation, redis: ArqRedis) -> AsyncIterator[Worker]:
    yield of(conversation, redis)
    await conversation.telegram.delete("/faults")


def of(conversation: Conversation, redis: ArqRedis) -> Worker:
    known, bot = conversation.dispatcher, conversation.bot
    error_messages = ErrorMessages(bot, known["access"], known["users"], known["texts"])
    parts = (partial(handle, known, bot), error_messages.send, Delivery(bot).probe)
    return Worker(conversation, redis, inbox.Conversation(Inbox(redis), *parts))


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="INFO", format="{level} {message}")
    yield lines
    logger.remove(sink)


async def read_answers(user: User) -> list[str]:
    return [words(message) for message in await user.from_bot()]


async def state_of(conversation: Conversation, user: User) -> dict[str, Any]:
    fsm, bot = conversation.dispatcher.fsm, conversation.bot
    return await fsm.get_context(bot, user.id, user.id).get_data()


@pytest.mark.slow
@pytest.mark.parametrize("fault", OUTAGES.values(), ids=OUTAGES.keys())
async def test_update_is_answered_after_the_outage(
    worker: Worker, anya: User, log: list[str], fault: dict[str, Any]
) -> None:
    """Once, in order, after every kind of outage; the log has one line and no traceback."""
    before = len(await read_answers(anya))
    await worker.outage(**fault)
    for text in ("/help", "/presets"):
        await anya.say(text)
    log.clear()
    await worker.take()
    for _ in range(5):
        await worker.work()
    assert len([line for line in log if "deferred" in line]) == 1, log
    assert not any("Traceback" in line or "ERROR" in line for line in log)
    await worker.end()
    await worker.work()
    assert len(await read_answers(anya)) == before + 2
    assert "Как это работает" in (await read_answers(anya))[before]
    assert await worker.redis.zcard("darkroom:dead-letters") == 0


@pytest.mark.slow
async def test_sixty_users_are_answered_after_the_outage(
    worker: Worker, conversation: Conversation, log: list[str]
) -> None:
    """Each once, with at most one log line each."""
    users = [await conversation.meet(f"Person {number}", "en") for number in range(60)]
    await worker.outage(status=502, body=PAGE)
    for user in users:
        await user.say("/start")
    log.clear()
    await worker.take()
    await worker.work()
    assert len(log) <= len(users)
    await worker.end()
    await worker.work()
    for user in users:
        assert len(await read_answers(user)) == 2
        await user.close()


async def test_long_retry_after_is_respected_twice(
    worker: Worker, anya: User, redis: ArqRedis
) -> None:
    """The answer is sent when Telegram allows it."""
    await anya.say("/start")
    await worker.conversation.disturb("sendMessage", status=429, retry_after=120, times=2)
    await worker.receive()
    await redis.delete(Queue.UPDATES)
    await worker.work()
    ((_, due),) = await redis.zrange(Queue.UPDATES, 0, -1, withscores=True)
    assert due / 1000 - (await redis.time())[0] > 118
    await worker.work()
    count = len(await read_answers(anya))
    await worker.work()
    assert len(await read_answers(anya)) == count + 1


async def test_order_in_an_outage_makes_one_job(worker: Worker, anya: User) -> None:
    """However often its update is tried."""
    await worker.outage(status=502, body=PAGE)
    await anya.say("/image красное яблоко")
    await worker.take()
    await worker.work()
    await worker.end()
    await worker.work()
    assert await worker.conversation.job_count(anya) == 1
    assert await worker.redis.zcard("darkroom:chats") == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"status": 502, "body": PAGE}, {"status": 200, "delay": 5}])
async def test_failing_get_me_of_a_new_worker_keeps_the_order(
    conversation: Conversation, redis: ArqRedis, anya: User, fault: dict[str, Any]
) -> None:
    """In a group it needs the bot's name: the order waits until it is known."""
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Team", [anya]))
    fresh = create_bot(TOKEN, str(conversation.telegram.base_url).rstrip("/"))
    fresh.session.timeout = 0.5
    bot, conversation.bot = conversation.bot, fresh
    worker = of(conversation, redis)
    me = await bot.me()
    await worker.take()
    await conversation.disturb("getMe", times=2, **fault)
    await group.say(f"/image@{me.username} красное яблоко")
    await worker.take()
    assert await conversation.job_count(anya) == 0
    for _ in range(3):
        await worker.work()
    assert await conversation.job_count(anya) == 1
    await fresh.session.close()
    conversation.bot = bot


async def test_hanging_answer_is_repeated_once(
    worker: Worker, anya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no dead letter; it may have been sent, so it is there at most twice."""
    monkeypatch.setattr(worker.conversation.bot.session, "timeout", 0.5)
    await anya.say("/help")
    await worker.conversation.disturb("sendMessage", status=200, delay=2)
    count = len(await read_answers(anya))
    await worker.take()
    await worker.work()
    assert len(await read_answers(anya)) == count + 2
    assert await worker.redis.zcard("darkroom:dead-letters") == 0


async def test_sent_answers_are_not_repeated(worker: Worker, anya: User) -> None:
    """An update with several answers continues with the one that failed, in its initial state."""
    conversation = worker.conversation
    await conversation.press(anya, await conversation.send_text(anya, "/image"), "💾")
    await anya.say("Для отчёта")
    # The first answer is accepted, the second is not.
    await conversation.disturb("sendMessage", status=200)
    await conversation.disturb("sendMessage", status=429, retry_after=60, times=3)
    await worker.take()
    for _ in range(4):
        await worker.work()
    assert len([text for text in await read_answers(anya) if "«Для отчёта» сохранён" in text]) == 1
    user = await conversation.dispatcher["users"].get(anya.id)
    assert [preset.name for preset in user.presets] == ["Для отчёта"]


async def test_image_for_an_open_card_is_added_once(worker: Worker, anya: User) -> None:
    """The conversation's state is stored after its answer is sent."""
    conversation = worker.conversation
    await conversation.send_text(anya, "/image")
    await anya.send_photo(drawing())
    await worker.take()
    await anya.send_photo(drawing())
    await worker.outage(status=502, body=PAGE)
    await worker.take()
    await worker.work()
    await worker.end()
    await worker.work()
    assert len((await state_of(conversation, anya))["pictures"]) == 2


async def test_repeated_cancel_takes_no_other_job(worker: Worker, anya: User) -> None:
    """/cancel without an id means the newest job at the time of the message."""
    conversation = worker.conversation
    for text in ("/image яблоко", "/image груша"):
        await conversation.send_text(anya, text)
    await worker.outage(status=502, body=PAGE)
    await anya.say("/cancel")
    await worker.take()
    await worker.work()
    await worker.end()
    await worker.work()
    jobs = (await conversation.jobs.page(user_id=anya.id)).jobs
    assert [job.cancel_requested for job in jobs] == [True, False]


async def test_unusable_album_is_answered_after_the_outage(worker: Worker, anya: User) -> None:
    """Its first item is answered, however often it is tried."""
    await anya.send_files(b"%PDF-1.4 a", b"%PDF-1.4 b")
    before = len(await read_answers(anya))
    await worker.outage(status=502, body=PAGE)
    await worker.take()
    await worker.end()
    await worker.work()
    await worker.work()
    assert len(await read_answers(anya)) == before + 1


async def test_album_in_an_outage_is_gathered_after_it(worker: Worker, anya: User) -> None:
    """No item is lost, and it is gathered once."""
    conversation = worker.conversation
    await anya.send_files(drawing(), drawing(), send_as="photo")
    await worker.outage(status=502, body=PAGE)
    await worker.take()
    await worker.end()
    await worker.work()
    await conversation.fall_silent()
    assert len((await state_of(conversation, anya))["pictures"]) == 2


async def test_access_request_in_an_outage_is_answered_once(
    conversation: Conversation, redis: ArqRedis, anya: User, ben: User
) -> None:
    """The admin is asked once, and the user gets the admin's decision."""
    settings = Settings(
        _env_file=None,
        tg_allowed_user_ids=frozenset({anya.id}),
        tg_admin_user_ids=frozenset({anya.id}),
    )
    dispatcher = create_dispatcher(
        settings=settings,
        redis=redis,
        jobs=conversation.jobs,
        users=conversation.dispatcher["users"],
        texts=conversation.dispatcher["texts"],
        clock=conversation.jobs.clock,
        files=conversation.dispatcher["files"],
    )
    worker = of(replace(conversation, dispatcher=dispatcher), redis)
    await worker.receive()
    await ben.say("hello")
    await worker.take()
    refusal = await ben.last_from_bot()
    await ben.press(refusal, labels(refusal)[0])
    await conversation.disturb("sendMessage", status=502, body=PAGE)
    await worker.take()
    await worker.work()
    asked = [message for message in await anya.from_bot() if str(ben.id) in words(message)]
    assert len(asked) == 1
    await anya.press(asked[0], labels(asked[0])[0])
    await conversation.disturb("sendMessage", status=502, body=PAGE)
    await worker.take()
    assert await redis.sismember("darkroom:allowed", str(ben.id))  # type: ignore[misc]  # redis-py's types
    before = len(await read_answers(ben))
    await worker.work()
    assert len(await read_answers(ben)) == before + 1
    assert not labels(await conversation.look(anya, asked[0]))
    assert await redis.scard("darkroom:access-requests") == 0  # type: ignore[misc]  # redis-py's types


async def test_message_without_a_response_is_sent_at_most_three_times(
    worker: Worker, anya: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted, and answered 502: the next try waits for ten minutes, or until others get a response."""
    conversation = worker.conversation
    await anya.say("/help")
    before = len(await read_answers(anya))
    lost = {"status": 502, "body": PAGE, "after": True, "times": 100, "chat_id": anya.chat_id}
    await conversation.disturb("sendMessage", **lost)
    await worker.take()
    for _ in range(10):
        await worker.work()
    assert len(await read_answers(anya)) == before + 2
    await ben.say("/help")
    await worker.take()
    await worker.work()
    assert len(await read_answers(anya)) == before + 3, "Telegram takes messages: it is tried again"
    with monkeypatch.context() as later:
        later.setattr(inbox, "WINDOW", 0)
        for _ in range(10):
            await worker.work()
    assert len(await read_answers(anya)) <= before + inbox.MOST_UNANSWERED + inbox.MOST_TOLD
    await worker.end()
    monkeypatch.setattr(inbox, "WINDOW", 0)
    await worker.work()
    assert await worker.redis.zcard("darkroom:chats") == 0


async def test_press_in_an_outage_works_after_it(worker: Worker, anya: User) -> None:
    """Its query has expired by then, which is harmless."""
    conversation = worker.conversation
    card = await conversation.send_text(anya, "/lang")
    await anya.press(card, "English")
    await worker.outage(status=502, body=PAGE)
    await worker.take()
    await worker.end()
    await conversation.disturb("answerCallbackQuery", status=400, description="query is too old")
    await worker.work()
    assert (await conversation.dispatcher["users"].get(anya.id)).language == "en"
    assert "English" in (await read_answers(anya))[-1]
