"""Ephemeral messages, and the usual ones where Telegram does not send them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    EphemeralMessageParameters,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.bot import create_bot
from infra.telegram.ephemeral import REFUSED_SECONDS, Ephemeral, with_own_ids
from tests.infra.sandbox.telegram.server import serve
from tests.infra.telegram.conftest import TOKEN
from tests.user import User, create_group


@pytest.fixture(params=[True, False], ids=["10.2", "older"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    settings = SandboxSettings(data=tmp_path, token=TOKEN, has_ephemeral=request.param)
    async with serve(settings) as address:
        yield address


@pytest.fixture
async def group(server: str) -> AsyncIterator[User]:
    async with User(server, 1001) as user:
        yield user.in_chat(await create_group(server, "Studio", [user]))


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
async def bot(server: str, now: list[float]) -> AsyncIterator[Bot]:
    """A bot whose middleware has a clock of the test."""
    bot = create_bot(TOKEN, server)
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731 - a clock
    for middleware in bot.session.middleware:
        if isinstance(middleware, Ephemeral):
            middleware._clock = clock  # noqa: SLF001 - the bot makes its middlewares
    yield bot
    await bot.session.close()


async def send(bot: Bot, user: User, text: str = "apple") -> int:
    receiver = EphemeralMessageParameters(receiver_user_id=user.id)
    sent = await bot.send_message(user.chat_id, text, ephemeral_message_parameters=receiver)
    return sent.message_id


async def test_message_arrives_once(bot: Bot, group: User) -> None:
    """As an ephemeral one with a negative id from an administrator, as a usual one from a member or an older server."""
    await group.make_bot("administrator")
    first = await send(bot, group, "apple")
    await group.make_bot("member")
    second = await send(bot, group, "pear")
    seen = await group.from_bot()
    assert [each["text"] for each in seen] == ["apple", "pear"]
    assert first == (-seen[0]["message_id"] if seen[0].get("ephemeral") else seen[0]["message_id"])
    assert second == seen[1]["message_id"]


async def test_refusal_is_remembered_for_a_while(bot: Bot, group: User, now: list[float]) -> None:
    """A bot that has become an administrator sends ephemeral messages again."""
    await send(bot, group)
    await group.make_bot("administrator")
    await send(bot, group)
    now[0] += REFUSED_SECONDS
    await send(bot, group)
    marks = [bool(each.get("ephemeral")) for each in await group.from_bot()]
    assert marks in ([False, False, True], [False] * 3)


async def test_old_press_says_nothing_about_the_next_one(bot: Bot, group: User) -> None:
    """Its answer is a usual message; the answer to a new press is tried as an ephemeral one."""
    keyboard = [[InlineKeyboardButton(text="Ask", callback_data="ask")]]
    card = await bot.send_message(
        group.chat_id, "Card", reply_markup=InlineKeyboardMarkup(inline_keyboard=keyboard)
    )
    (shown,) = await group.from_bot()
    for press in ("1", await group.press(shown, "ask")):
        receiver = EphemeralMessageParameters(receiver_user_id=group.id, callback_query_id=press)
        await bot.send_message(group.chat_id, "apple", ephemeral_message_parameters=receiver)
    marks = [bool(each.get("ephemeral")) for each in await group.from_bot()]
    assert marks in ([False, False, True], [False] * 3)
    assert card.message_id


async def test_other_refusal_is_raised(bot: Bot, group: User) -> None:
    """A text that Telegram refuses in each form is not sent."""
    with pytest.raises(TelegramBadRequest, match="empty"):
        await send(bot, group, " ")
    await group.make_bot("administrator")
    await send(bot, group)
    assert len(await group.from_bot()) == 1


@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_incoming_messages_have_ids_of_their_own(kind: str) -> None:
    """Telegram gives all of them the id 0; other content is passed on as it is, whatever it is."""
    sent = {"message_id": 0, "ephemeral_message_id": 7, "text": "apple"}
    usual = {"message_id": 3, "text": "pear"}
    assert with_own_ids({kind: sent})[kind] == {"message_id": -7, "text": "apple"}
    assert with_own_ids({kind: usual}) == {kind: usual}
    press = with_own_ids({"callback_query": {"data": "x", "message": sent}})["callback_query"]
    assert press == {"data": "x", "message": {"message_id": -7, "text": "apple"}}
    reply = with_own_ids({kind: usual | {"reply_to_message": sent}})[kind]
    assert reply["reply_to_message"]["message_id"] == -7
    odd_ones: list[Any] = [None, [], "x", {kind: None}, {"callback_query": []}]
    for odd in odd_ones:
        assert with_own_ids(odd) == odd
