import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import pytest
from aiogram import Bot
from starlette.responses import JSONResponse, Response

from tests.infra.sandbox.telegram.receiver import Receiver, receive
from tests.user import User, create_user


@pytest.fixture
async def receiver(fresh_bot: Bot) -> AsyncIterator[Receiver]:
    """Set a webhook, and delete it before its server stops."""
    async with receive() as receiver:
        await fresh_bot.set_webhook(receiver.url, secret_token="Open-Sesame_1")
        yield receiver
        await fresh_bot.delete_webhook(drop_pending_updates=True)


def failing(times: int, response: Response) -> Receiver:
    """Return a receiver's answers: this many failures, then success."""
    left = iter([response] * times)
    return Receiver(answer=lambda _update: next(left, Response()))


async def test_update_is_delivered_with_the_secret(receiver: Receiver, stranger: User) -> None:
    """A user's message is posted to the webhook, with the secret in its header."""
    await stranger.say("Hello")
    await receiver.wait_for(1)
    assert receiver.texts == ["Hello"]
    assert receiver.secrets == ["Open-Sesame_1"]


async def test_one_chat_is_delivered_in_order_one_at_a_time(
    receiver: Receiver, stranger: User
) -> None:
    """The next message of a chat is posted only after a 2xx for the last."""
    receiver.delay = 0.02
    words = [f"word {number}" for number in range(6)]
    for word in words:
        await stranger.say(word)
    await receiver.wait_for(6)
    assert receiver.texts == words
    assert receiver.most_in_flight == 1


async def test_chats_are_delivered_concurrently(receiver: Receiver, telegram: str) -> None:
    """Different chats are delivered concurrently."""
    receiver.delay = 0.1
    users = [await create_user(telegram, name) for name in ("Ira", "Lev", "Eva")]
    await asyncio.gather(*[user.say("Hi") for user in users])
    await receiver.wait_for(3)
    assert receiver.most_in_flight == 3
    for user in users:
        await user.close()


async def test_max_connections_is_respected(
    receiver: Receiver, fresh_bot: Bot, telegram: str
) -> None:
    """max_connections limits concurrent deliveries."""
    await fresh_bot.set_webhook(receiver.url, max_connections=1)
    receiver.delay = 0.03
    users = [await create_user(telegram, name) for name in ("Ira", "Lev", "Eva")]
    await asyncio.gather(*[user.say("Hi") for user in users])
    await receiver.wait_for(3)
    assert receiver.most_in_flight == 1
    assert receiver.secrets == [None] * 3
    for user in users:
        await user.close()


async def test_failed_delivery_is_retried_and_blocks_its_chat(
    receiver: Receiver, fresh_bot: Bot, stranger: User
) -> None:
    """The same update_id comes again, at once and then after growing pauses; the next one waits."""
    receiver.answer = failing(3, Response(status_code=500)).answer
    await stranger.say("first")
    await stranger.say("second")
    await receiver.wait_for(5)
    assert receiver.texts == ["first"] * 4 + ["second"]
    assert len({update["update_id"] for update in receiver.updates}) == 2
    pauses = [after - before for before, after in pairwise(receiver.times)]
    # At least 2 and 4 s, of which this fake takes a hundredth; a busy machine takes longer.
    assert pauses[1] >= 0.02
    assert pauses[2] >= 0.04
    info = await fresh_bot.get_webhook_info()
    expected = "Wrong response from the webhook: 500 Internal Server Error"
    assert info.last_error_message == expected
    assert info.pending_update_count == 0


async def test_dropped_update_is_not_retried(
    receiver: Receiver, fresh_bot: Bot, stranger: User
) -> None:
    """drop_pending_updates ends the retries of a failing update."""
    receiver.answer = lambda _update: Response(status_code=500)
    await stranger.say("Poison")
    await receiver.wait_for(2)
    await fresh_bot.set_webhook(
        receiver.url, secret_token="Open-Sesame_1", drop_pending_updates=True
    )
    receiver.answer = lambda _update: Response()
    await stranger.say("Water")
    async with asyncio.timeout(5):
        while receiver.texts[-1] != "Water":
            await receiver.wait_for(len(receiver.updates) + 1)
    assert (await fresh_bot.get_webhook_info()).pending_update_count == 0


async def test_retry_after_is_honoured(receiver: Receiver, stranger: User) -> None:
    """The fake waits for the Retry-After of the bot's error."""
    busy = Response(status_code=503, headers={"Retry-After": "1"})
    receiver.answer = failing(1, busy).answer
    await stranger.say("Later")
    await receiver.wait_for(2)
    assert receiver.times[1] - receiver.times[0] >= 1


async def test_bot_gets_pending_updates_after_an_outage(fresh_bot: Bot, stranger: User) -> None:
    """Updates wait while nothing listens, and are counted as pending."""
    await fresh_bot.set_webhook("http://127.0.0.1:9/hook")
    await stranger.say("Anybody?")
    info = await fresh_bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("http://127.0.0.1:9/hook", 1)
    async with receive() as receiver:
        await fresh_bot.set_webhook(receiver.url)
        await receiver.wait_for(1)
        assert receiver.texts == ["Anybody?"]
        await fresh_bot.delete_webhook()


async def test_method_in_the_response_is_called(receiver: Receiver, stranger: User) -> None:
    """A webhook's response may contain one call of a method."""
    call = {"method": "sendMessage", "chat_id": stranger.id, "text": "Quick"}
    receiver.answer = lambda _update: JSONResponse(call)
    await stranger.say("Race")
    assert (await stranger.wait_for_text("Quick"))["from"]["is_bot"]


async def test_allowed_updates_filters_deliveries(
    receiver: Receiver, fresh_bot: Bot, user: User
) -> None:
    """allowed_updates of setWebhook applies; getWebhookInfo reports it."""
    await fresh_bot.set_webhook(receiver.url, allowed_updates=["edited_message"])
    said = await user.say("unheard")
    await user.edit(said, "heard")
    await receiver.wait_for(2)
    kinds = [[kind for kind in update if kind != "update_id"] for update in receiver.updates]
    assert kinds == [["message"], ["edited_message"]]  # the first is /start, sent before
    assert (await fresh_bot.get_webhook_info()).allowed_updates == ["edited_message"]


async def test_pending_updates_are_dropped_on_request(fresh_bot: Bot, user: User) -> None:
    """drop_pending_updates deletes what nobody has fetched."""
    await user.say("Forget me")
    await fresh_bot.delete_webhook(drop_pending_updates=True)
    assert await fresh_bot.get_updates() == []


async def test_raw_update_is_delivered_unchanged(
    receiver: Receiver, http: httpx.AsyncClient
) -> None:
    """Any object is accepted, also of an unknown kind or with a repeated update_id."""
    update = {"update_id": 5, "from_the_future": {"answer": 42}}
    for _ in range(2):
        assert (await http.post("/updates", json=update)).json() == {"update_id": 5}
    numbered = (await http.post("/updates", json={"unheard_of": 1})).json()["update_id"]
    await receiver.wait_for(3)
    assert receiver.updates == [update, update, {"unheard_of": 1, "update_id": numbered}]
