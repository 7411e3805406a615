"""The chat action during uploads and other work."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiogram import Bot

from infra.telegram import chat_action
from infra.telegram.delivery import Delivery, Place
from infra.telegram.outgoing_media import Media
from infra.telegram.replay import Calls, replaying
from tests.infra.telegram.conftest import Disturb
from tests.infra.telegram.test_delivery import clip, picture
from tests.user import User, create_group, words


async def actions(telegram: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=telegram, trust_env=False) as client:
        calls = (await client.get("/sent")).json()
    return [call["parameters"] for call in calls if call["method"] == "sendChatAction"]


def media(kind: str, folder: Path) -> Media:
    return {
        "upload_photo": picture(),
        "upload_video": clip(folder),
        "upload_document": replace(picture(), whole=True),
    }[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["upload_photo", "upload_video", "upload_document"])
async def test_action_is_shown_in_the_topic(
    bot: Bot,
    telegram: str,
    user: User,
    disturb: Disturb,
    tmp_path: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says what is uploaded, where the result will be."""
    monkeypatch.setattr(chat_action, "UPLOAD_SECONDS", 0.05)
    forum = user.in_chat(await create_group(telegram, "Forum", [user], forum=True))
    topic = await forum.create_topic("Covers")
    for method in ("sendPhoto", "sendVideo", "sendDocument"):
        await disturb(method, status=200, delay=0.3)
    place = Place(forum.chat_id, topic)
    await Delivery(bot).send_results(place, [media(kind, tmp_path)], "apple")
    (shown,) = await actions(telegram)
    assert (shown["action"], shown["message_thread_id"]) == (kind, str(topic))


@pytest.mark.slow
async def test_action_is_renewed_during_a_long_upload(
    bot: Bot, telegram: str, user: User, disturb: Disturb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apps show it for a few seconds; after the upload there are no more."""
    monkeypatch.setattr(chat_action, "UPLOAD_SECONDS", 0.05)
    monkeypatch.setattr(chat_action, "RENEWED_SECONDS", 0.05)
    await disturb("sendPhoto", status=200, delay=0.6)
    await Delivery(bot).send_results(Place(user.id), [picture()], "apple")
    assert len(await actions(telegram)) > 2


async def test_upload_that_ends_at_once_needs_no_action(
    bot: Bot, telegram: str, user: User
) -> None:
    """The result is there before an app would show it."""
    await Delivery(bot).send_results(Place(user.id), [picture()], "apple")
    assert await actions(telegram) == []


async def test_known_file_needs_no_action(
    bot: Bot, telegram: str, user: User, disturb: Disturb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is sent again by its id arrives at once."""
    delivery = Delivery(bot)
    (sent,) = await delivery.send_results(Place(user.id), [picture()], "apple")
    monkeypatch.setattr(chat_action, "UPLOAD_SECONDS", 0)
    await disturb("sendPhoto", status=200, delay=0.3)
    await delivery.send_results(Place(user.id), [replace(picture(), file=sent.file_id)], "again")
    assert await actions(telegram) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault", [{"status": 400}, {"status": 429, "retry_after": 100}, {"delay": 60, "status": 200}]
)
async def test_result_does_not_depend_on_the_action(
    bot: Bot,
    user: User,
    disturb: Disturb,
    fault: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refused, limited or slow action delays nothing."""
    monkeypatch.setattr(chat_action, "UPLOAD_SECONDS", 0)
    await disturb("sendChatAction", **fault)
    await Delivery(bot).send_results(Place(user.id), [picture()], "apple")
    assert words(await user.last_from_bot()) == "apple"


async def test_retry_of_an_update_does_not_replay_the_action(
    bot: Bot, telegram: str, user: User, disturb: Disturb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no part of the recorded calls, so a retry shows it again and sends only the image from the record."""
    monkeypatch.setattr(chat_action, "UPLOAD_SECONDS", 0)
    calls = Calls()
    await disturb("sendPhoto", status=200, delay=0.3)
    with replaying(calls):
        await Delivery(bot).send_results(Place(user.id), [picture()], "apple")
    assert len(await actions(telegram)) == 1
    assert [name for name, _, _ in calls.done] == ["sendPhoto"]
