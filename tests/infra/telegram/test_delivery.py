"""Results and cards in Telegram, and the handling of its refusals."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from PIL import Image

from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery, Place
from infra.telegram.outcomes import (
    MessageGone,
    Migrated,
    Postponed,
    Refused,
    Unavailable,
    Unreachable,
)
from infra.telegram.outgoing_media import Media, Shape, Streamed
from tests.infra.clips import make_clip
from tests.infra.loopback import unused_url
from tests.infra.telegram.conftest import TOKEN, Disturb
from tests.user import User, buttons, words

BUTTON = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Again", callback_data="again")]]
)


@pytest.fixture
def delivery(bot: Bot) -> Delivery:
    return Delivery(bot)


@pytest.fixture
async def hasty(telegram: str) -> AsyncIterator[Delivery]:
    """Send as a generation task does: a wait is deferred, not slept."""
    bot = create_bot(TOKEN, telegram)
    yield Delivery(bot)
    await bot.session.close()


def picture(width: int = 64, height: int = 48) -> Media:
    encoded = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(encoded, "PNG")
    data = encoded.getvalue()
    return Media(BufferedInputFile(data, "a.png"), "image/png", len(data), width, height)


def clip(folder: Path) -> Media:
    data = make_clip(folder / "a.mp4", seconds=2).read_bytes()

    async def read() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]

    return Media(Streamed(read, "a.mp4"), "video/mp4", len(data), 64, 36, duration=2.0)


async def test_name_of_a_file_cannot_end_its_header(delivery: Delivery, user: User) -> None:
    """Quotes and line breaks in it would start other fields of the form."""
    image = picture()
    assert isinstance(image.file, BufferedInputFile)
    named = BufferedInputFile(image.file.data, 'a"\r\nb яблоко.png')
    await delivery.send_results(
        Place(user.id), [replace(image, file=named, whole=True)], "яблоко & co"
    )
    shown = await user.last_from_bot()
    assert shown["document"]["file_name"] == "a___b яблоко.png"
    assert shown["caption"] == "яблоко & co"


async def test_single_image_is_a_photo_that_replies_to_the_prompt(
    delivery: Delivery, user: User
) -> None:
    """It has its caption and replies to the prompt."""
    asked = await user.say("an apple")
    place = Place(user.id, reply_to=asked["message_id"])
    (result,) = await delivery.send_results(place, [picture()], "an <b>apple</b>")
    sent = await user.wait_for(lambda message: "photo" in message)
    assert (sent["message_id"], Shape.PHOTO) == (result.message_id, result.shape)
    assert words(sent) == "an apple"
    assert sent["reply_to_message"]["message_id"] == asked["message_id"]


async def test_result_is_sent_although_the_prompt_was_deleted(
    delivery: Delivery, user: User
) -> None:
    """The message to reply to may have been deleted."""
    place = Place(user.id, reply_to=99_999)
    assert await delivery.send_results(place, [picture()], "an apple")


async def test_several_images_are_an_album_with_one_caption(delivery: Delivery, user: User) -> None:
    """Two to ten images are sent together."""
    sent = await delivery.send_results(Place(user.id), [picture(), picture()], "two apples")
    ids = [message.message_id for message in sent]
    album = [message for message in await user.from_bot() if message["message_id"] in ids]
    assert [words(message) for message in album] == ["two apples", ""]
    assert len({message["media_group_id"] for message in album}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("size", [(9_990, 100), (2_100, 100)], ids=["large", "narrow"])
async def test_image_beyond_photo_limits_is_sent_as_a_document(
    delivery: Delivery, user: User, size: tuple[int, int]
) -> None:
    """A photo's width plus height is below 10,000, its ratio below 20; others are sent unchanged as a document."""
    await delivery.send_results(Place(user.id), [picture(*size)], "a banner")
    assert "document" in await user.wait_for_text("a banner")


async def test_video_is_streamable_and_has_its_properties(
    delivery: Delivery, user: User, tmp_path: Path
) -> None:
    """Width, height and length are known before it plays."""
    await delivery.send_results(Place(user.id), [clip(tmp_path)], "a boat")
    sent = await user.wait_for(lambda message: "video" in message)
    assert (sent["video"]["width"], sent["video"]["height"]) == (64, 36)
    assert sent["video"]["duration"] == 2


async def test_images_and_videos_share_an_album(
    delivery: Delivery, user: User, tmp_path: Path
) -> None:
    """Each is sent as its own kind."""
    album = [picture(), clip(tmp_path)]
    sent = await delivery.send_results(Place(user.id), album, "a boat")
    assert [message.shape for message in sent] == [Shape.PHOTO, Shape.VIDEO]


async def test_album_with_a_document_is_sent_as_documents(delivery: Delivery, user: User) -> None:
    """Telegram mixes documents with nothing else."""
    album = [picture(), picture(2_100, 100)]
    sent = await delivery.send_results(Place(user.id), album, "two banners")
    assert [message.shape for message in sent] == [Shape.DOCUMENT, Shape.DOCUMENT]


async def test_sent_file_is_sent_again_by_its_id(delivery: Delivery, user: User) -> None:
    """Nothing is uploaded a second time."""
    (first,) = await delivery.send_results(Place(user.id), [picture()], "an apple")
    known = replace(picture(), file=first.file_id)
    (second,) = await delivery.send_results(Place(user.id), [known], "the same apple")
    assert second.shape is Shape.PHOTO
    before, after = (await user.from_bot())[-2:]
    assert before["photo"][-1]["file_unique_id"] == after["photo"][-1]["file_unique_id"]


async def test_single_result_has_its_buttons(delivery: Delivery, user: User) -> None:
    """They are sent with it."""
    await delivery.send_results(Place(user.id), [picture()], "an apple", BUTTON)
    assert [key["text"] for key in buttons(await user.last_from_bot())] == ["Again"]


async def test_messages_are_deleted_together(delivery: Delivery, user: User) -> None:
    """Messages that no longer exist do not affect the others."""
    ids = [await delivery.send_card(Place(user.id), text, None) for text in ("one", "two")]
    await delivery.remove(user.id, [*ids, 99_999])
    assert [words(message) for message in await user.from_bot()] == []


async def test_card_is_edited_in_place(delivery: Delivery, user: User) -> None:
    """Sending the same content again is a success too."""
    message_id = await delivery.send_card(Place(user.id), "queued", None)
    for _ in range(2):
        await delivery.edit_card(user.id, message_id, "done", BUTTON)
    card = await user.last_from_bot()
    assert (card["message_id"], words(card)) == (message_id, "done")


async def test_deleted_card_is_reported(delivery: Delivery, user: User) -> None:
    """The caller can send a new one."""
    with pytest.raises(MessageGone):
        await delivery.edit_card(user.id, 99_999, "done", None)


async def test_user_who_blocked_the_bot_is_unreachable(delivery: Delivery, user: User) -> None:
    """The user cannot be reached, which is no error of ours."""
    await user.block()
    with pytest.raises(Unreachable):
        await delivery.send_results(Place(user.id), [picture()], "an apple")


async def test_flood_limit_defers_by_telegrams_wait(
    hasty: Delivery, user: User, disturb: Disturb
) -> None:
    """Telegram's own number of seconds is the wait."""
    await disturb("sendPhoto", status=429, retry_after=37)
    with pytest.raises(Postponed) as postponed:
        await hasty.send_results(Place(user.id), [picture()], "an apple")
    assert postponed.value.seconds == 37


async def test_failing_telegram_is_retried_later(
    hasty: Delivery, user: User, disturb: Disturb
) -> None:
    """A 500 is temporary."""
    await disturb("sendPhoto", status=500)
    with pytest.raises(Unavailable):
        await hasty.send_results(Place(user.id), [picture()], "an apple")


async def test_unreachable_telegram_is_retried_later(user: User) -> None:
    """A lost connection is temporary."""
    bot = create_bot(TOKEN, unused_url())
    with pytest.raises(Unavailable):
        await Delivery(bot).send_card(Place(user.id), "queued", None)
    await bot.session.close()


async def test_upgraded_group_is_followed(delivery: Delivery, user: User, disturb: Disturb) -> None:
    """Telegram's error has the id of the supergroup."""
    description = "group chat was upgraded to a supergroup chat"
    await disturb("sendMessage", status=400, description=description, migrate_to_chat_id=-1001234)
    with pytest.raises(Migrated) as migrated:
        await delivery.send_card(Place(user.id), "queued", None)
    assert migrated.value.chat_id == -1001234


async def test_permanent_refusal_is_raised(delivery: Delivery, user: User) -> None:
    """The error has Telegram's text for the operator."""
    with pytest.raises(Refused, match="too long"):
        await delivery.send_card(Place(user.id), "a" * 5000, None)
