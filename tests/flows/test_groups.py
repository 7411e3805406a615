"""Several users in one group."""

import asyncio

import pytest

from infra.redis.client import connect
from tests.message import Message, buttons, is_photo, words
from tests.processes import Installation
from tests.user import User, create_group, create_user, create_users
from worker.jobs.duration_stats import ENOUGH, Durations

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def test_two_users_in_one_topic(installation: Installation, anya: User, ben: User) -> None:
    """Each result is in the topic, replies to its author, names them, and its buttons work only for them."""
    forum = await create_group(installation.telegram_url, "Студия", [anya, ben], forum=True)
    topic = await anya.in_chat(forum).create_topic("Обложки")
    hers, his = anya.in_chat(forum, topic), ben.in_chat(forum, topic)
    asked = await hers.say("/image@darkroom_bot красная дверь")
    result = await hers.wait_for(is_photo, timeout=25)
    assert result["message_thread_id"] == topic
    assert result["reply_to_message"]["message_id"] == asked["message_id"]
    assert "👤 Аня" in words(result)
    favourite = next(button["text"] for button in buttons(result) if "☆" in button["text"])
    refusal = await his.wait_for_answer(await his.press(result, favourite))
    assert "somebody else’s result" in refusal["text"]
    await his.say("make the door blue", reply_to=result["message_id"])
    edited = await his.wait_for(is_photo, timeout=30)
    assert "👤 Ben" in words(edited)
    assert edited["message_thread_id"] == topic
    assert not [message for message in await anya.in_chat(forum).from_bot() if is_photo(message)]


async def test_ten_users_in_one_group(installation: Installation) -> None:
    """At Telegram's 20 messages a minute for a group, progress edits are dropped and results are not."""
    users = await create_users(installation.telegram_url, 10)
    group = await create_group(installation.telegram_url, "Команда", users)
    crowd = [user.in_chat(group) for user in users]
    asked = await asyncio.gather(
        *(user.say(f"/image@darkroom_bot дом {number}") for number, user in enumerate(crowd))
    )

    async def has_come(user: User, question: Message) -> Message:
        return await user.wait_for(
            lambda message: (
                is_photo(message)
                and message["reply_to_message"]["message_id"] == question["message_id"]
            ),
            timeout=60,
        )

    results = await asyncio.gather(*map(has_come, crowd, asked))
    for number, result in enumerate(results):
        assert words(result).startswith(f"дом {number}")
        assert f"👤 Person {number}" in words(result)
    for user in users:
        await user.close()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_quick_image_is_one_message(installation: Installation, language: str) -> None:
    """Once the model is known to be quick, the group sees a reaction on the order and then the image."""
    async with await create_user(installation.telegram_url, "Оля", language) as user:
        await user.say("/start")
        group = user.in_chat(await create_group(installation.telegram_url, "Тихо", [user]))
        await make_quick(installation)
        asked = await group.say("/image@darkroom_bot красная дверь")
        result = await group.wait_for(is_photo, timeout=30)
        assert result["reply_to_message"]["message_id"] == asked["message_id"]
        reacted = await group.wait_for_event(
            lambda event: event["type"] == "reaction" and _emoji(event["message"]) == ["👌"]
        )
        assert reacted["message"]["message_id"] == asked["message_id"]
        assert len(await group.from_bot()) == 1, await group.transcript()


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_failure_of_a_quick_image_is_a_message(
    installation: Installation, language: str
) -> None:
    """It replies to the order and says why; the reaction is gone."""
    why = {"ru": "не пропустила", "en": "did not let"}[language]
    async with await create_user(installation.telegram_url, "Оля", language) as user:
        await user.say("/start")
        group = user.in_chat(await create_group(installation.telegram_url, "Тихо", [user]))
        await make_quick(installation)
        failed = await group.say("/image@darkroom_bot дверь #nsfw")
        said = await group.wait_for(lambda message: why in words(message), timeout=30)
        assert said["reply_to_message"]["message_id"] == failed["message_id"]
        shown = await group.wait_for_event(
            lambda event: event["type"] == "reaction" and not _emoji(event["message"])
        )
        assert shown["message"]["message_id"] == failed["message_id"]


async def make_quick(installation: Installation) -> None:
    """Record that the model of these orders usually takes some seconds."""
    redis = connect(installation.redis_url)
    for _ in range(ENOUGH):
        await Durations(redis).record("fal-ai/flux/schnell", 3)
    await redis.aclose(close_connection_pool=True)


def _emoji(message: Message) -> list[str]:
    return [each["emoji"] for each in message.get("reactions", [])]
