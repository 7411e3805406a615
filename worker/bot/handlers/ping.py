"""/ping: the time that an answer takes to Telegram and back."""

import time

from aiogram import F, Router
from aiogram.types import Message

from worker.bot.current_user import CurrentUser
from worker.bot.filters import Command


def setup() -> Router:
    router = Router(name="ping")
    router.message.register(ping, F.text, Command("ping"))
    return router


async def ping(message: Message, current_user: CurrentUser) -> None:
    # Telegram dates messages to the second only, so measure our own answer.
    started = time.perf_counter()
    answer = await message.reply(current_user.t("ping"))
    milliseconds = round((time.perf_counter() - started) * 1000)
    await answer.edit_text(current_user.t("pong", milliseconds=milliseconds))
