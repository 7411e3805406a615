import asyncio

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
)

from tests.infra.sandbox.telegram.samples import picture
from tests.user import User, buttons, create_group

MARKUP = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Stop", callback_data="stop")]]
)


def photo() -> BufferedInputFile:
    return BufferedInputFile(picture(40, 40), "picture.png")


async def test_text_is_edited_in_place(bot: Bot, user: User) -> None:
    """editMessageText changes the text of the same message, and sets edit_date."""
    sent = await bot.send_message(user.id, "Queued", reply_markup=MARKUP)
    await sent.edit_text("<b>Running</b>", parse_mode="HTML", reply_markup=MARKUP)
    shown = await user.wait_for_text("Running")
    assert shown["message_id"] == sent.message_id
    assert shown["edit_date"] >= shown["date"]
    assert buttons(shown)


async def test_omitted_buttons_are_removed(bot: Bot, user: User) -> None:
    """An edit without reply_markup removes the inline buttons."""
    sent = await bot.send_message(user.id, "Queued", reply_markup=MARKUP)
    await sent.edit_text("Done")
    assert buttons(await user.wait_for_text("Done")) == []


@pytest.mark.parametrize("again", ["<b>Same</b>", "Same"])
async def test_unchanged_edit_is_not_modified(bot: Bot, user: User, again: str) -> None:
    """Text, entities and buttons are compared in their parsed form."""
    sent = await bot.send_message(user.id, "<strong>Same</strong>", parse_mode="HTML")
    if again == "Same":
        assert (await sent.edit_text(again, parse_mode="HTML")) is not True
    else:
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await sent.edit_text(again, parse_mode="HTML")


async def test_caption_is_edited(bot: Bot, user: User) -> None:
    """editMessageCaption changes the caption of a photo."""
    sent = await bot.send_photo(user.id, photo(), caption="Before")
    await sent.edit_caption(caption="After")
    assert (await user.wait_for_text("After"))["photo"]


async def test_text_message_becomes_a_photo(bot: Bot, user: User) -> None:
    """editMessageMedia turns a text message into media that is uploaded with the call."""
    sent = await bot.send_message(user.id, "Soon")
    await sent.edit_media(InputMediaPhoto(media=photo(), caption="Here"))
    shown = await user.wait_for_text("Here")
    assert shown["message_id"] == sent.message_id
    assert shown["photo"]
    assert "text" not in shown


async def test_photo_is_replaced(bot: Bot, user: User) -> None:
    """By upload or by file_id, with a new caption and buttons; omitted ones are removed."""
    first = await bot.send_photo(user.id, photo(), caption="First", reply_markup=MARKUP)
    await first.edit_media(InputMediaPhoto(media=photo(), caption="Second"), reply_markup=MARKUP)
    second = await user.wait_for_text("Second")
    assert first.photo
    assert second["photo"][-1]["file_id"] != first.photo[-1].file_id
    assert buttons(second)
    await first.edit_media(InputMediaPhoto(media=first.photo[-1].file_id))
    third = await user.wait_for(lambda message: "caption" not in message)
    assert third["photo"][-1]["file_id"] == first.photo[-1].file_id
    assert third["message_id"] == first.message_id
    assert buttons(third) == []


async def test_buttons_alone_are_edited(bot: Bot, user: User) -> None:
    """editMessageReplyMarkup changes the buttons without marking the message as edited."""
    sent = await bot.send_message(user.id, "Sure?")
    await sent.edit_reply_markup(reply_markup=MARKUP)
    shown = await user.wait_for(buttons)
    assert "edit_date" not in shown
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_reply_markup(reply_markup=MARKUP)


async def test_messages_are_deleted(bot: Bot, user: User) -> None:
    """deleteMessage fails for a missing message; deleteMessages ignores it."""
    kept, *sent = [await bot.send_message(user.id, name) for name in ("a", "b", "c")]
    await sent[0].delete()
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await sent[0].delete()
    await bot.delete_messages(user.id, [message.message_id for message in sent])
    assert [shown["message_id"] for shown in await user.from_bot()] == [kept.message_id]


async def test_message_that_its_user_deleted_is_invalid_at_first(bot: Bot, user: User) -> None:
    """The bot's server does not know of it, and Telegram refuses the edit; it cannot be copied either."""
    sent = await bot.send_message(user.id, "Queued")
    await user.delete(await user.last_from_bot())
    assert await user.from_bot() == []
    for attempt in (sent.edit_text("Running"), sent.edit_reply_markup(reply_markup=MARKUP)):
        with pytest.raises(TelegramBadRequest, match="Bad Request: MESSAGE_ID_INVALID"):
            await attempt
    with pytest.raises(TelegramBadRequest, match="MESSAGE_ID_INVALID"):
        await bot.copy_message(user.id, user.id, sent.message_id)


async def test_message_that_the_bot_deleted_is_not_found(bot: Bot, user: User) -> None:
    """The bot's server knows what the bot itself has deleted."""
    sent = await bot.send_message(user.id, "Queued")
    await sent.delete()
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await sent.edit_text("Running")


async def test_user_deletes_only_permitted_messages(
    bot: Bot, http: httpx.AsyncClient, user: User
) -> None:
    """A missing message cannot be deleted; in a group users cannot delete the bot's messages."""
    assert (await http.delete(f"/users/{user.id}/messages/99999")).status_code == 404
    group = (await http.get("/users/1002/groups")).json()[-1]["id"]
    sent = await bot.send_message(group, "Ours")
    path = f"/users/1002/messages/{sent.message_id}?chat={group}"
    assert (await http.delete(path)).status_code == 403
    assert (await http.delete(path.replace("1002", "1001"))).status_code == 204


async def test_media_message_stays_one(bot: Bot, user: User) -> None:
    """editMessageText fails for a message that editMessageMedia has changed; another kind of media may follow."""
    sent = await bot.send_message(user.id, "Soon")
    await sent.edit_media(InputMediaPhoto(media=photo()))
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await sent.edit_text("Text again")
    await sent.edit_media(InputMediaDocument(media=photo()))
    assert await user.wait_for(lambda message: "document" in message)


async def test_caption_of_new_media_is_limited(bot: Bot, user: User) -> None:
    """1024 characters, as for a message that is sent."""
    sent = await bot.send_message(user.id, "Soon")
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await sent.edit_media(InputMediaPhoto(media=photo(), caption="x" * 1025))


async def test_piece_of_an_album_keeps_its_kind(bot: Bot, user: User) -> None:
    """A photo may become a video, and no document."""
    first, _ = await bot.send_media_group(user.id, [InputMediaPhoto(media=photo()) for _ in "ab"])
    await first.edit_media(InputMediaPhoto(media=photo(), caption="Other"))
    assert await user.wait_for_text("Other")
    with pytest.raises(TelegramBadRequest, match="in an album"):
        await first.edit_media(InputMediaDocument(media=photo()))


async def test_forbidden_media_cannot_replace_a_text(bot: Bot, user: User, telegram: str) -> None:
    """A group's rights hold for edits, too."""
    group = await create_group(telegram, "Studio", [user])
    sent = await bot.send_message(group["id"], "Soon")
    await user.in_chat(group).forbid_bot("photo")
    with pytest.raises(TelegramBadRequest, match="not enough rights to send photos"):
        await sent.edit_media(InputMediaPhoto(media=photo()))


@pytest.mark.slow
async def test_text_edit_during_a_media_edit_changes_the_caption(
    bot: Bot, user: User, http: httpx.AsyncClient
) -> None:
    """Until the media edit is answered, the bot's server takes the message for a text."""
    sent = await bot.send_message(user.id, "Soon")
    fault = {"method": "editMessageMedia", "status": 200, "delay": 2}
    assert (await http.post("/faults", json=fault)).status_code == 204
    media = InputMediaPhoto(media=photo(), caption="Here")
    replacing = asyncio.create_task(bot(sent.edit_media(media, reply_markup=MARKUP)))
    await user.wait_for_text("Here")
    await sent.edit_text("Still working")
    shown = await user.wait_for_text("Still working")
    assert "photo" in shown
    assert not buttons(shown)
    await replacing
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await sent.edit_text("Too late")
