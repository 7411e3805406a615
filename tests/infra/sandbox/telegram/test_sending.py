import io

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    DisabledButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputMediaVideo,
    KeyboardButton,
    LinkPreviewOptions,
    MediaUnion,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from PIL import Image

from tests.infra.sandbox.telegram.samples import clip, picture
from tests.user import User, buttons


def photo(width: int = 640, height: int = 400) -> BufferedInputFile:
    return BufferedInputFile(picture(width, height), "picture.png")


def video() -> BufferedInputFile:
    return BufferedInputFile(clip(64, 48, 2), "clip.mp4")


async def test_message_of_the_bot_is_shown_to_its_user(bot: Bot, user: User) -> None:
    """sendMessage adds the text with its entities to the user's chat."""
    sent = await bot.send_message(user.id, "<b>Hello</b>", parse_mode="HTML")
    shown = await user.wait_for_text("Hello")
    assert shown["message_id"] == sent.message_id
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert shown["from"]["is_bot"]


async def test_inline_buttons_belong_to_their_message(bot: Bot, user: User) -> None:
    """An inline keyboard is part of its message."""
    button = InlineKeyboardButton(text="Yes", callback_data="yes")
    markup = InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.send_message(user.id, "Sure?", reply_markup=markup)
    assert buttons(await user.last_from_bot()) == [{"text": "Yes", "callback_data": "yes"}]


async def test_reply_keyboard_stays_until_it_is_removed(bot: Bot, user: User) -> None:
    """A reply keyboard belongs to the chat, not to the message, and stays until ReplyKeyboardRemove."""
    markup = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="🖼 Изображение")]])
    sent = await bot.send_message(user.id, "Choose", reply_markup=markup)
    await bot.send_message(user.id, "Or write")
    assert sent.reply_markup is None
    assert await user.keyboard() == [["🖼 Изображение"]]
    await bot.send_message(user.id, "Gone", reply_markup=ReplyKeyboardRemove())
    assert await user.keyboard() == []


async def test_reply_has_its_message(bot: Bot, user: User) -> None:
    """reply_parameters adds the original message to the message."""
    asked = await user.say("What?")
    sent = await bot.send_message(
        user.id, "That.", reply_parameters=ReplyParameters(message_id=asked["message_id"])
    )
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "What?"


async def test_lost_reply_is_sent_when_that_is_allowed(bot: Bot, user: User) -> None:
    """allow_sending_without_reply sends the message although the original does not exist."""
    lost = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await bot.send_message(user.id, "Hm", reply_parameters=lost)).text == "Hm"


async def test_other_options_are_accepted(bot: Bot, user: User) -> None:
    """Link previews, threads, silence and protection are accepted, and stored where they are visible."""
    sent = await bot.send_message(
        user.id,
        "https://example.org",
        message_thread_id=5,
        disable_notification=True,
        protect_content=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.has_protected_content
    assert sent.link_preview_options
    assert sent.entities
    assert sent.entities[0].type == "url"


@pytest.mark.slow
async def test_largest_size_of_a_photo_has_1280_pixels(bot: Bot, user: User) -> None:
    """A larger photo is reduced: only a document keeps every pixel."""
    large = BufferedInputFile(picture(3000, 1500), "large.png")
    sent = await bot.send_photo(user.id, large)
    assert sent.photo
    assert (sent.photo[-1].width, sent.photo[-1].height) == (1280, 640)
    taken = await user.send_photo(picture(2560, 2560))
    assert taken["photo"][-1]["width"] == 1280


async def test_photo_has_several_sizes(bot: Bot, user: User) -> None:
    """sendPhoto makes JPEGs from small to large, with their real sizes."""
    sent = await bot.send_photo(user.id, photo(), caption="<i>Red</i>", parse_mode="HTML")
    assert sent.photo
    sides = [(size.width, size.height) for size in sent.photo]
    assert sides == [(90, 56), (320, 200), (640, 400)]
    assert (await user.file(sent.photo[-1].file_id)).startswith(b"\xff\xd8")
    assert sent.caption_entities
    assert sent.caption == "Red"


async def test_video_is_measured(bot: Bot, user: User) -> None:
    """sendVideo reads width, height and duration from the file, and stores a thumbnail."""
    sent = await bot.send_video(user.id, video(), has_spoiler=True, supports_streaming=True)
    assert sent.video
    assert (sent.video.width, sent.video.height, sent.video.duration) == (64, 48, 2)
    assert sent.video.thumbnail
    assert sent.video.mime_type == "video/mp4"
    assert sent.has_media_spoiler


async def test_senders_thumbnail_is_used(bot: Bot, user: User) -> None:
    """An uploaded thumbnail replaces the first frame."""
    sent = await bot.send_video(user.id, video(), thumbnail=photo(200, 100))
    assert sent.video
    assert sent.video.thumbnail
    assert (sent.video.thumbnail.width, sent.video.thumbnail.height) == (200, 100)


async def test_undecodable_video_is_sent_as_a_document(bot: Bot, user: User) -> None:
    """sendVideo of bytes that cannot be decoded sends a document."""
    sent = await bot.send_video(user.id, BufferedInputFile(b"no clip", "notes.txt"))
    assert sent.video is None
    assert sent.document


async def test_document_keeps_its_bytes_and_name(bot: Bot, user: User) -> None:
    """sendDocument changes nothing in the file, and makes a thumbnail of an image."""
    original = picture(500, 500)
    sent = await bot.send_document(user.id, BufferedInputFile(original, "original.png"))
    assert sent.document
    assert sent.document.file_name == "original.png"
    assert sent.document.thumbnail
    assert await user.file(sent.document.file_id) == original


async def test_animation_is_also_a_document(bot: Bot, user: User) -> None:
    """sendAnimation returns both `animation` and, for old clients, `document`."""
    sent = await bot.send_animation(user.id, video())
    assert sent.animation
    assert sent.document
    assert sent.animation.file_id == sent.document.file_id


async def test_album_is_several_messages_of_one_group(bot: Bot, user: User) -> None:
    """sendMediaGroup sends each file as a message; they share a media_group_id."""
    media: list[MediaUnion] = [
        InputMediaPhoto(media=photo(), caption="Both"),
        InputMediaVideo(media=video()),
    ]
    sent = await bot.send_media_group(user.id, media)
    assert [bool(message.photo) for message in sent] == [True, False]
    assert sent[0].caption == "Both"
    assert len({message.media_group_id for message in sent}) == 1


async def test_file_is_sent_again_by_its_id(bot: Bot, user: User) -> None:
    """Every method accepts a file_id instead of the bytes."""
    first = await bot.send_photo(user.id, photo())
    assert first.photo
    again = await bot.send_photo(user.id, first.photo[0].file_id, caption="Again")
    assert again.photo == first.photo
    album: list[MediaUnion] = [InputMediaPhoto(media=first.photo[-1].file_id)] * 2
    assert len(await bot.send_media_group(user.id, album)) == 2


async def test_each_kind_of_file_is_sent_again_by_its_id(bot: Bot, user: User) -> None:
    """A video and a document keep their id, name and properties."""
    clip_sent = await bot.send_video(user.id, video())
    document_sent = await bot.send_document(user.id, photo())
    assert clip_sent.video
    assert document_sent.document
    again = await bot.send_video(user.id, clip_sent.video.file_id, caption="Again")
    assert again.video == clip_sent.video
    original = await bot.send_document(user.id, document_sent.document.file_id)
    assert original.document == document_sent.document


async def test_message_is_copied(bot: Bot, user: User) -> None:
    """copyMessage sends the content as the bot's own message; a new caption replaces the old one."""
    sent = await user.send_photo(picture(9, 9), "Before")
    copy = await bot.copy_message(user.id, user.id, sent["message_id"], caption="After")
    shown = await user.wait_for_text("After")
    assert (shown["message_id"], shown["photo"]) == (copy.message_id, sent["photo"])
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await bot.copy_message(user.id, user.id, 99_999)


async def test_disabled_button_does_nothing(bot: Bot, user: User) -> None:
    """`disabled` replaces the button's action; its style is kept."""
    button = InlineKeyboardButton(text="Stop", style="danger", disabled=DisabledButton())
    markup = InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.send_message(user.id, "Stopping…", reply_markup=markup)
    shown = {"text": "Stop", "style": "danger", "disabled": {}}
    assert buttons(await user.last_from_bot()) == [shown]


async def test_photo_has_no_transparency(bot: Bot, user: User) -> None:
    """Transparent parts of a PNG are white in the photo."""
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(out, "PNG")
    sent = await user.send_photo(out.getvalue())
    shown = Image.open(io.BytesIO(await user.file(sent["photo"][-1]["file_id"])))
    assert shown.getpixel((20, 20)) == (255, 255, 255)


async def test_file_is_downloaded_from_its_url(bot: Bot, user: User, telegram: str) -> None:
    """Telegram itself downloads an http(s) URL."""
    first = await bot.send_photo(user.id, photo())
    assert first.photo
    address = f"{telegram}/files/{first.photo[-1].file_id}"
    again = await bot.send_photo(user.id, address)
    assert again.photo
    assert again.photo[-1].width == 640
    assert again.photo[-1].file_id != first.photo[-1].file_id


@pytest.mark.parametrize("action", ["typing", "upload_photo", "record_video"])
async def test_chat_action_is_shown_in_the_users_app(bot: Bot, user: User, action: str) -> None:
    """sendChatAction shows the bot's activity, and adds nothing to the chat."""
    before = await user.messages()
    assert await bot.send_chat_action(user.id, action)
    await user.wait_for_event(lambda event: event.get("action") == action)
    assert await user.messages() == before


@pytest.mark.parametrize("style", ["query", "form", "json", "multipart"])
async def test_parameters_in_all_four_encodings(
    http: httpx.AsyncClient, user: User, style: str
) -> None:
    """Query, form, JSON and multipart are equivalent; method names are case-insensitive."""
    values = {"chat_id": str(user.id), "text": "Hi"}
    path = "/bot424242:sandbox/SENDMESSAGE"
    how = {
        "query": {"params": values},
        "form": {"data": values},
        "json": {"json": values | {"chat_id": user.id}},
        "multipart": {"data": values, "files": {"unused": b"-"}},
    }[style]
    answer = (await http.post(path, **how)).json()  # type: ignore[arg-type]  # one of four
    assert answer["result"]["text"] == "Hi"
