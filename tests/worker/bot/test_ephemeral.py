"""Groups: cards of orders and refusals that only the user sees whom they are for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.storage.store import Storage
from infra.telegram.replay import Calls, replaying
from tests.message import labels
from tests.user import User, create_group, words
from tests.worker.bot.conversation import Conversation, Localized
from tests.worker.bot.results import Darkroom
from worker.limits.limits import UNLIMITED, Limit, LimitStore


@pytest.fixture
async def group(conversation: Conversation, language: str) -> AsyncIterator[tuple[User, User]]:
    """Two users of a group where the bot is an administrator."""
    anya = await conversation.meet("Аня", language)
    ben = await conversation.meet("Ben", "en")
    chat = await create_group(str(conversation.telegram.base_url), "Studio", [anya, ben])
    first, second = anya.in_chat(chat), ben.in_chat(chat)
    await first.make_bot("administrator")
    await conversation.catch_up()
    async with anya, ben:
        yield first, second


async def from_bot(user: User) -> list[Any]:
    return list(await user.from_bot())


async def test_card_of_an_order_is_seen_by_its_owner_only(
    conversation: Conversation, group: tuple[User, User]
) -> None:
    """It is edited in place, a reply to it orders, and then it is gone: the group sees only the job."""
    anya, ben = group
    await anya.say("/image")
    await conversation.catch_up()
    (card,) = await from_bot(anya)
    assert card["ephemeral"]
    assert await from_bot(ben) == []
    await conversation.press(anya, card, "3:4")
    (changed,) = await from_bot(anya)
    assert labels(changed) != labels(card)
    await anya.say("a red apple", reply_to=card["message_id"])
    await conversation.catch_up()
    job = await conversation.job(anya)
    assert job.request.prompt == "a red apple"
    (shown,) = await from_bot(anya)
    assert [each["message_id"] for each in await from_bot(ben)] == [shown["message_id"]]
    assert job.progress_message_id == shown["message_id"]


async def test_two_orders_on_ephemeral_cards_are_two_jobs(
    conversation: Conversation, group: tuple[User, User]
) -> None:
    """Telegram gives all these messages the id 0; each is an order of its own."""
    anya, _ = group
    for words_of_order in ("a red apple", "a green pear"):
        await anya.say("/image")
        await conversation.catch_up()
        card = (await from_bot(anya))[-1]
        await anya.say(words_of_order, reply_to=card["message_id"])
        await conversation.catch_up()
    assert await conversation.job_count(anya) == 2


async def test_refusal_is_seen_by_its_reader_only(
    conversation: Conversation, group: tuple[User, User], localized: Localized
) -> None:
    """A refused line and the account of one's money do not disturb the group."""
    anya, ben = group
    await anya.say("/cancel")
    await conversation.catch_up()
    (refusal,) = await from_bot(anya)
    assert refusal["ephemeral"]
    assert localized("отменять нечего", "nothing to cancel") in words(refusal)
    await anya.say("/money")
    await conversation.catch_up()
    assert len(await from_bot(anya)) == 2
    assert await from_bot(ben) == []


async def test_group_without_rights_gets_usual_messages(
    conversation: Conversation, group: tuple[User, User]
) -> None:
    """A bot that is no administrator asks once in ten minutes, and each answer arrives once."""
    anya, ben = group
    await anya.make_bot("member")
    for _ in range(2):
        await anya.say("/cancel")
        await conversation.catch_up()
    seen = await from_bot(ben)
    assert len(seen) == 2
    assert [each.get("ephemeral") for each in seen] == [None, None]
    asked = [
        call
        for call in await conversation.calls("sendMessage")
        if call.get("chat_id") == str(anya.chat_id)
    ]
    assert [bool(call.get("ephemeral_message_parameters")) for call in asked] == [
        True,
        False,
        False,
    ]


@pytest.mark.slow
async def test_press_permits_an_ephemeral_card(
    conversation: Conversation, group: tuple[User, User], files: Storage, tmp_path: Path
) -> None:
    """A bot that is no administrator answers a press so that only the user who pressed sees the card."""
    anya, ben = group
    await anya.make_bot("member")
    darkroom = Darkroom(conversation, files, tmp_path)
    _, result = await darkroom.make(anya, order="/image@darkroom_bot a red apple")
    await conversation.press(anya, result, "🎬")
    card = (await from_bot(anya))[-1]
    assert card["ephemeral"]
    assert card["message_id"] not in {each["message_id"] for each in await from_bot(ben)}
    await anya.say("the apple rolls", reply_to=card["message_id"])
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.prompt == "the apple rolls"
    assert not any(each.get("ephemeral") for each in await from_bot(anya))


async def test_retried_update_is_answered_once(
    conversation: Conversation, group: tuple[User, User]
) -> None:
    """Telegram refuses the ephemeral form, and the update is handled again: one answer arrives."""
    anya, ben = group
    await anya.make_bot("member")
    await conversation.catch_up()
    await anya.say("/cancel")
    (update,) = await conversation.updates()
    calls = Calls()
    with replaying(calls):
        await conversation.handle(update)
    with replaying(Calls.loads(calls.dumps())):
        await conversation.handle(update)
    assert len(await from_bot(ben)) == 1


async def test_kept_order_of_an_ephemeral_refusal_has_a_card_for_the_group(
    conversation: Conversation, group: tuple[User, User], redis: ArqRedis, localized: Localized
) -> None:
    """A press keeps the order; its card is a new message that everybody sees, and the refusal is gone."""
    anya, ben = group
    await LimitStore(redis, UNLIMITED).set(Limit.USER_MAX_JOBS, 1)
    for prompt in ("a house", "a lighthouse"):
        await anya.say(f"/image@darkroom_bot {prompt}")
        await conversation.catch_up()
    refusal = (await from_bot(anya))[-1]
    assert refusal["ephemeral"]
    queue = localized("⏳ Поставить в очередь", "⏳ Add to the queue")
    await conversation.press(anya, refusal, queue)
    job = await conversation.job(anya)
    seen = [each["message_id"] for each in await from_bot(ben)]
    assert (job.request.prompt, job.progress_message_id) == ("a lighthouse", seen[-1])
    assert [each["message_id"] for each in await from_bot(anya)] == seen
