"""The bot's profile in Telegram: description, short description and photo.

https://core.telegram.org/bots/api#setmydescription. An operator's own words and photo stay.
"""

from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import FSInputFile, InputProfilePhotoStatic
from loguru import logger

from infra.i18n import FOREIGN, RUSSIAN_READERS, Texts

#: infra/sandbox/telegram/page/mark.svg without round corners: Telegram shows it in a circle.
PHOTO = Path(__file__).with_name("profile.jpg")


async def set_profile(bot: Bot, texts: Texts) -> None:
    """Set what is missing or comes from another release; the bot works without it, so errors are only logged."""
    try:
        await _set_descriptions(bot, texts)
        await _set_short_descriptions(bot, texts)
        photos = await bot.get_user_profile_photos(bot.id, limit=1)
        if not photos.total_count:
            await bot.set_my_profile_photo(InputProfilePhotoStatic(photo=FSInputFile(PHOTO)))
    except AiogramError as error:
        logger.warning("failed to set the profile of the bot: {}", type(error).__name__)


async def _set_descriptions(bot: Bot, texts: Texts) -> None:
    ours = _in_languages(texts, "bot-description")
    if (await bot.get_my_description()).description not in {"", *ours.values()}:
        return
    for code, text in ours.items():
        if (await bot.get_my_description(language_code=code)).description != text:
            await bot.set_my_description(description=text, language_code=code)


async def _set_short_descriptions(bot: Bot, texts: Texts) -> None:
    ours = _in_languages(texts, "bot-short-description")
    if (await bot.get_my_short_description()).short_description not in {"", *ours.values()}:
        return
    for code, text in ours.items():
        if (await bot.get_my_short_description(language_code=code)).short_description != text:
            await bot.set_my_short_description(short_description=text, language_code=code)


def _in_languages(texts: Texts, key: str) -> dict[str | None, str]:
    """Return a text by Telegram's code of two letters; None is for every other language."""
    codes = {*RUSSIAN_READERS, *(language[:2] for language in texts.languages)} - {FOREIGN}
    found: dict[str | None, str] = {None: texts.speaking(FOREIGN).plain(key)}
    return found | {
        code: texts.speaking(texts.of_telegram(code)).plain(key) for code in sorted(codes)
    }
