"""The chat action that users see while the bot uploads a file: https://core.telegram.org/bots/api#sendchataction"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import Context

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import AiogramError

from infra.telegram.outgoing_media import Media, Shape

#: Apps show an action for five seconds at most.
RENEWED_SECONDS = 4.5
_TIMEOUT_SECONDS = 5
_ACTIONS = {Shape.PHOTO: ChatAction.UPLOAD_PHOTO, Shape.VIDEO: ChatAction.UPLOAD_VIDEO}


@asynccontextmanager
async def uploading(
    bot: Bot, chat_id: int, thread_id: int | None, media: Sequence[Media]
) -> AsyncIterator[None]:
    """Show that these files are on their way, while the block runs; a file that Telegram has needs no upload."""
    first = next((each for each in media if not isinstance(each.file, str)), None)
    if first is None:
        yield
        return
    action = _ACTIONS.get(first.shape, ChatAction.UPLOAD_DOCUMENT)
    # Its own context: this call is no part of the update or the trace that the upload belongs to.
    showing = asyncio.create_task(_show(bot, chat_id, thread_id, action), context=Context())
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])


async def _show(bot: Bot, chat_id: int, thread_id: int | None, action: ChatAction) -> None:
    """Repeat the action; its errors do not matter, because the upload has the same."""
    with suppress(AiogramError):
        while True:
            await bot.send_chat_action(
                chat_id, action, message_thread_id=thread_id, request_timeout=_TIMEOUT_SECONDS
            )
            await asyncio.sleep(RENEWED_SECONDS)
