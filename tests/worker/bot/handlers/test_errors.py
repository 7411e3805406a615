import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiogram import Bot
from loguru import logger

from infra.i18n import Texts
from infra.redis.client import UNAVAILABLE, connect
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.outcomes import Unavailable
from tests.clock import Clock
from tests.user import User
from tests.valkey import ValkeyServer
from tests.worker.bot.conversation import Conversation
from worker.bot.dispatcher import create_dispatcher, handle
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.users.store import UserStore


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="DEBUG", diagnose=False)
    yield lines
    logger.remove(sink)


async def test_internal_error_is_reported_without_the_prompt(
    conversation: Conversation, anya: User, log: list[str]
) -> None:
    """The user gets a number to pass on, the log the place, and neither has the prompt."""
    await conversation.send_text(anya, "🖼 Изображение")
    data = f"darkroom:fsm:{anya.id}:{anya.id}:data"
    await conversation.dispatcher["redis"].set(data, '{"work": "тайное яблоко"}')
    answer = await conversation.send_text(anya, "тайное яблоко")
    assert "что-то сломалось" in answer["text"]
    reference = answer["text"].split()[-1].rstrip(".")
    logged = "".join(log)
    assert f"update {reference} failed: ValidationError" in logged
    assert "worker/bot/draft.py" in logged
    assert "тайное" not in logged


async def test_user_who_blocked_the_bot(
    conversation: Conversation, anya: User, log: list[str]
) -> None:
    """One log line, no retry, no error."""
    await anya.say("/help")
    await anya.block()
    await conversation.catch_up()
    assert "cannot write to the chat" in "".join(log)


async def test_refusal_of_telegram_is_handled(
    conversation: Conversation, anya: User, log: list[str]
) -> None:
    """The update counts as handled, the next one is answered."""
    await conversation.disturb("sendMessage", status=400, description="can't parse entities")
    await conversation.send_text(anya, "/help")
    refusal = r"Telegram refused the answer to update \d+: TelegramBadRequest"
    assert re.search(refusal, "".join(log))
    assert "Как это работает" in (await conversation.send_text(anya, "/help"))["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502, "body": "<html>502 Bad Gateway</html>"},
        {"status": 200, "body": ""},
        {"status": 200, "cut": True},
        {"status": 413, "body": "<html>413 Request Entity Too Large</html>"},
        {"status": 401},
        {"status": 429, "retry_after": 120},
        {"drop": True},
    ],
)
async def test_telegram_outage_leaves_the_update_unhandled(
    conversation: Conversation, anya: User, log: list[str], fault: dict[str, Any]
) -> None:
    """The caller keeps the update and retries it; no traceback is logged."""
    await anya.say("/help")
    (update,) = await conversation.updates()
    await conversation.disturb("sendMessage", **fault)
    with pytest.raises(Unavailable):
        await conversation.handle(update)
    assert "Traceback" not in "".join(log)
    await conversation.handle(update)
    assert "Как это работает" in (await anya.last_from_bot())["text"]


async def test_redis_outage_leaves_the_update_unhandled(
    bot: Bot, texts: Texts, files: Storage, mortal_valkey: ValkeyServer
) -> None:
    """The exception reaches the caller, who keeps the update."""
    redis = connect(mortal_valkey.url, retries=0)
    dispatcher = create_dispatcher(
        settings=Settings(_env_file=None),
        redis=redis,
        jobs=JobStore(redis, Limits(), time.time),
        users=UserStore(redis),
        texts=texts,
        clock=Clock(),
        files=files,
    )
    mortal_valkey.stop()
    message = {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": 1001, "type": "private"},
        "from": {"id": 1001, "is_bot": False, "first_name": "Аня"},
        "text": "/image красное яблоко",
    }
    with pytest.raises(UNAVAILABLE):
        await handle(dispatcher, bot, {"update_id": 1, "message": message})
    await redis.aclose(close_connection_pool=True)
