"""The chat action that users see while the bot works: https://core.telegram.org/bots/api#sendchataction"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from contextvars import Context

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import AiogramError
from aiogram.types import Message

from infra.telegram.outgoing_media import Media, Shape

#: Apps show an action for five seconds at most.
RENEWED_SECONDS = 4.5
#: An upload that ends before needs no action, which is a call of its own.
UPLOAD_SECONDS = 1
_TIMEOUT_SECONDS = 5
_UPLOADS = {Shape.PHOTO: ChatAction.UPLOAD_PHOTO, Shape.VIDEO: ChatAction.UPLOAD_VIDEO}


def typing(message: Message) -> AbstractAsyncContextManager[None]:
    """Show in the chat of a message that the bot is busy, while the block runs."""
    if message.bot is None:
        return nullcontext()
    thread_id = message.message_thread_id if message.is_topic_message else None
    return showing(message.bot, message.chat.id, thread_id, ChatAction.TYPING)


def uploading(
    bot: Bot, chat_id: int, thread_id: int | None, media: Sequence[Media]
) -> AbstractAsyncContextManager[None]:
    """Show that these files are on their way if the block takes longer than UPLOAD_SECONDS.

    A file that Telegram has needs no upload.
    """
    first = next((each for each in media if not isinstance(each.file, str)), None)
    if first is None:
        return nullcontext()
    action = _UPLOADS.get(first.shape, ChatAction.UPLOAD_DOCUMENT)
    return showing(bot, chat_id, thread_id, action, after=UPLOAD_SECONDS)


@asynccontextmanager
async def showing(
    bot: Bot, chat_id: int, thread_id: int | None, action: ChatAction, *, after: float = 0
) -> AsyncIterator[None]:
    """Repeat the action `after` seconds, while the block runs; its errors do not matter: the work has the same."""

    async def repeat() -> None:
        await asyncio.sleep(after)
        with suppress(AiogramError):
            while True:
                await bot.send_chat_action(
                    chat_id, action, message_thread_id=thread_id, request_timeout=_TIMEOUT_SECONDS
                )
                await asyncio.sleep(RENEWED_SECONDS)

    # Its own context: a retry of the update does not replay this call, and the trace of the work lacks it.
    task = asyncio.create_task(repeat(), context=Context())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
