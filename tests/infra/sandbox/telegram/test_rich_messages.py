"""Rich messages: https://core.telegram.org/bots/api#sendrichmessage"""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputRichBlockButtons,
    InputRichBlockCollage,
    InputRichBlockParagraph,
    InputRichBlockPhoto,
    InputRichBlockSectionHeading,
    InputRichBlockUnion,
    InputRichMessage,
    RichBlockCollage,
    RichBlockPhoto,
    RichMessageButton,
)

from tests.infra.sandbox.telegram.samples import picture
from tests.user import User


def photo(media: str | BufferedInputFile | None = None) -> InputRichBlockPhoto:
    file = media or BufferedInputFile(picture(60, 40), "picture.png")
    return InputRichBlockPhoto(photo=InputMediaPhoto(media=file))


async def test_collage_with_text_and_buttons_is_one_message(bot: Bot, user: User) -> None:
    """The answer has the file ids of the photos, by which they are sent again."""
    buttons = [RichMessageButton(text="1", callback_data="1", style="link")]
    blocks: list[InputRichBlockUnion] = [
        InputRichBlockCollage(blocks=[photo(), photo()]),
        InputRichBlockParagraph(text="a red apple"),
        InputRichBlockButtons(buttons=buttons),
    ]
    keyboard = InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text="Again", callback_data="again")]]
    )
    sent = await bot.send_rich_message(
        user.id, InputRichMessage(blocks=blocks), reply_markup=keyboard
    )
    assert sent.rich_message
    collage = sent.rich_message.blocks[0]
    assert isinstance(collage, RichBlockCollage)
    first = collage.blocks[0]
    assert isinstance(first, RichBlockPhoto)
    again = await bot.send_photo(user.id, first.photo[-1].file_id)
    assert again.photo
    shown = (await user.from_bot())[0]
    assert shown["reply_markup"]
    assert [block["type"] for block in shown["rich_message"]["blocks"]] == [
        "collage",
        "paragraph",
        "buttons",
    ]


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (InputRichMessage(), "exactly one of"),
        (InputRichMessage(html="x", markdown="x"), "exactly one of"),
        (InputRichMessage(html="x"), "blocks only"),
        (
            InputRichMessage(blocks=[InputRichBlockSectionHeading(text="Title", size=1)]),
            "does not show rich blocks",
        ),
        (InputRichMessage(blocks=[photo("no-such-file")]), "wrong remote file identifier"),
        (
            InputRichMessage(
                blocks=[InputRichBlockCollage(blocks=[InputRichBlockParagraph(text="x")])]
            ),
            "only media",
        ),
    ],
)
async def test_refused_rich_messages(
    bot: Bot, user: User, message: InputRichMessage, problem: str
) -> None:
    """What Telegram refuses, and what this fake cannot show."""
    with pytest.raises(TelegramAPIError, match=problem):
        await bot.send_rich_message(user.id, message)
    assert await user.from_bot() == []
