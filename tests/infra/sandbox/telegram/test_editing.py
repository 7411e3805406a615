import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
)

from tests.infra.sandbox.telegram.samples import picture
from tests.user import User, buttons

MARKUP = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Stop", callback_data="stop")]]
)


def photo() -> BufferedInputFile:
    return BufferedInputFile(picture(40, 40), "picture.png")


async def test_a_text_is_edited_in_place(bot: Bot, user: User) -> None:
    """editMessageText changes the words of the same message, and says when."""
    sent = await bot.send_message(user.id, "Queued", reply_markup=MARKUP)
    await sent.edit_text("<b>Running</b>", parse_mode="HTML", reply_markup=MARKUP)
    shown = await user.wait_for_text("Running")
    assert shown["message_id"] == sent.message_id
    assert shown["edit_date"] >= shown["date"]
    assert buttons(shown)


async def test_buttons_not_given_again_are_gone(bot: Bot, user: User) -> None:
    """An edit without reply_markup takes the inline buttons away."""
    sent = await bot.send_message(user.id, "Queued", reply_markup=MARKUP)
    await sent.edit_text("Done")
    assert buttons(await user.wait_for_text("Done")) == []


@pytest.mark.parametrize("again", ["<b>Same</b>", "Same"])
async def test_the_same_again_is_not_modified(bot: Bot, user: User, again: str) -> None:
    """Text, entities and buttons are compared as they are shown, not as they are written."""
    sent = await bot.send_message(user.id, "<strong>Same</strong>", parse_mode="HTML")
    if again == "Same":
        assert (await sent.edit_text(again, parse_mode="HTML")) is not True
    else:
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await sent.edit_text(again, parse_mode="HTML")


async def test_a_caption_is_edited(bot: Bot, user: User) -> None:
    """editMessageCaption changes the words under a photo."""
    sent = await bot.send_photo(user.id, photo(), caption="Before")
    await sent.edit_caption(caption="After")
    assert (await user.wait_for_text("After"))["photo"]


async def test_text_becomes_a_picture(bot: Bot, user: User) -> None:
    """editMessageMedia turns a message of text into media, uploaded with the call."""
    sent = await bot.send_message(user.id, "Soon")
    await sent.edit_media(InputMediaPhoto(media=photo(), caption="Here"))
    shown = await user.wait_for_text("Here")
    assert shown["message_id"] == sent.message_id
    assert shown["photo"]
    assert "text" not in shown


async def test_a_picture_makes_room_for_another(bot: Bot, user: User) -> None:
    """By upload or by file_id, caption and buttons given with it; what is not given is gone."""
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
    """editMessageReplyMarkup changes the buttons; to the person that is no edited message."""
    sent = await bot.send_message(user.id, "Sure?")
    await sent.edit_reply_markup(reply_markup=MARKUP)
    shown = await user.wait_for(buttons)
    assert "edit_date" not in shown
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_reply_markup(reply_markup=MARKUP)


async def test_messages_are_deleted(bot: Bot, user: User) -> None:
    """deleteMessage takes one away and refuses what is gone; deleteMessages passes over it."""
    kept, *sent = [await bot.send_message(user.id, name) for name in ("a", "b", "c")]
    await sent[0].delete()
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await sent[0].delete()
    await bot.delete_messages(user.id, [message.message_id for message in sent])
    assert [shown["message_id"] for shown in await user.from_bot()] == [kept.message_id]


async def test_a_message_that_its_user_deleted_is_invalid_at_first(bot: Bot, user: User) -> None:
    """The bot's server knows nothing of it, and Telegram refuses the edit; nor can it be copied."""
    sent = await bot.send_message(user.id, "Queued")
    await user.delete(await user.last_from_bot())
    assert await user.from_bot() == []
    for attempt in (sent.edit_text("Running"), sent.edit_reply_markup(reply_markup=MARKUP)):
        with pytest.raises(TelegramBadRequest, match="Bad Request: MESSAGE_ID_INVALID"):
            await attempt
    with pytest.raises(TelegramBadRequest, match="MESSAGE_ID_INVALID"):
        await bot.copy_message(user.id, user.id, sent.message_id)


async def test_a_message_that_the_bot_deleted_is_not_found(bot: Bot, user: User) -> None:
    """The bot's server knows what the bot itself has done."""
    sent = await bot.send_message(user.id, "Queued")
    await sent.delete()
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await sent.edit_text("Running")


async def test_a_user_deletes_what_they_may(bot: Bot, http: httpx.AsyncClient, user: User) -> None:
    """What is not there cannot be deleted; in a group the bot's messages are not theirs."""
    assert (await http.delete(f"/people/{user.id}/messages/99999")).status_code == 404
    group = (await http.get("/people/1002/groups")).json()[-1]["id"]
    sent = await bot.send_message(group, "Ours")
    path = f"/people/1002/messages/{sent.message_id}?chat={group}"
    assert (await http.delete(path)).status_code == 403
    assert (await http.delete(path.replace("1002", "1001"))).status_code == 204
