"""The rest of a text that was declined because it is too long."""

from aiogram import F, Router
from aiogram.types import Message

from worker.bot.services.long_texts import RestOfDeclinedText


def setup() -> Router:
    router = Router(name="long_texts")
    router.message.register(pass_over, F.text, ~F.text.startswith("/"), RestOfDeclinedText())
    return router


async def pass_over(_: Message) -> None:
    """Ignore it: the first part was answered."""
