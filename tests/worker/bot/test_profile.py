"""The bot's profile in Telegram: what it sets by itself, and what it leaves alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot

from infra.i18n import Texts
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.telegram.bot import create_bot
from tests.infra.sandbox.telegram.server import serve
from tests.worker.bot.conversation import TOKEN
from worker.bot.profile import set_profile


@pytest.fixture
async def new_bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with serve(SandboxSettings(data=tmp_path, token=TOKEN)) as address:
        bot = create_bot(TOKEN, address)
        yield bot
        await bot.session.close()


async def test_new_bot_gets_a_profile(new_bot: Bot, texts: Texts) -> None:
    """Both descriptions in Russian and English, within Telegram's limits, and a photo; a repetition keeps them."""
    await set_profile(new_bot, texts)
    english = await new_bot.get_my_description()
    russian = await new_bot.get_my_description(language_code="ru")
    assert english.description.startswith("Makes images and videos")
    assert russian.description.startswith("Делает изображения и видео")
    short = await new_bot.get_my_short_description(language_code="uk")
    assert short.short_description.startswith("Изображения и видео")
    photos = await new_bot.get_user_profile_photos(new_bot.id)
    assert photos.photos[0][-1].width == 640
    await set_profile(new_bot, texts)
    again = await new_bot.get_user_profile_photos(new_bot.id)
    assert again.photos[0][-1].file_id == photos.photos[0][-1].file_id


async def test_operators_own_words_stay(new_bot: Bot, texts: Texts) -> None:
    """A description from BotFather is kept in every language; the other texts are set."""
    await new_bot.set_my_description(description="Our studio's bot")
    await set_profile(new_bot, texts)
    assert (await new_bot.get_my_description()).description == "Our studio's bot"
    assert not (await new_bot.get_my_description(language_code="ru")).description
    assert (await new_bot.get_my_short_description()).short_description


async def test_text_of_another_release_is_replaced(new_bot: Bot, texts: Texts) -> None:
    """A language whose text differs gets the one of this release."""
    await set_profile(new_bot, texts)
    await new_bot.set_my_description(description="Раньше", language_code="ru")
    await set_profile(new_bot, texts)
    russian = await new_bot.get_my_description(language_code="ru")
    assert russian.description.startswith("Делает")


async def test_refusal_does_not_stop_the_worker(tmp_path: Path, texts: Texts) -> None:
    """A bot without a valid token still starts."""
    async with serve(SandboxSettings(data=tmp_path, token=TOKEN)) as address:
        bot = create_bot("424242:another-token", address)
        await set_profile(bot, texts)
        await bot.session.close()
