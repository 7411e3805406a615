"""Content that is neither text nor a usable picture or video: stickers, voice messages and the like."""

from aiogram import F, Router
from aiogram.enums import ChatType, ContentType
from aiogram.filters import or_f
from aiogram.types import Message
from arq.connections import ArqRedis

from infra.errors import FailureKind
from infra.redis.client import acquire
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.filters import AddressedToBot, AlbumIsKnown, Command
from worker.bot.options.catalog import WITH_PICTURE
from worker.bot.uploads.album import Albums, explained_key
from worker.bot.uploads.pictures import ANSWERS, picture_of, video_of
from worker.bot.uploads.recordings import has_sound
from worker.prompt_helper.transcription import Listener

ALBUM_SECONDS = 3600


def setup() -> Router:
    """Return the router; service messages (somebody pinned, joined, …) get no answer."""
    router = Router(name="attachments")
    is_unusable = F.content_type.in_(ANSWERS)
    router.message.register(explain, is_unusable, F.chat.type == ChatType.PRIVATE)
    # In a group, answer only content that is meant as an order; a sticker in reply to a result is not.
    is_rich = F.content_type == ContentType.RICH_MESSAGE
    wanted = F.func(picture_of) | F.caption | F.media_group_id | is_rich
    calls = or_f(AddressedToBot(), Command(*WITH_PICTURE))
    router.message.register(explain, is_unusable, wanted, calls)
    router.message.register(explain, is_unusable, AlbumIsKnown())
    router.message.register(pass_over, F.media_group_id)
    return router


async def explain(
    message: Message, current_user: CurrentUser, redis: ArqRedis, listener: Listener | None
) -> None:
    """Answer a single message, or the first of the up to ten messages of an album."""
    if group := message.media_group_id:
        key, cause = explained_key(message.chat.id, group), str(message.message_id)
        if not await acquire(redis, key, cause, ALBUM_SECONDS):
            return
    flaw = picture_of(message) or video_of(message)
    if isinstance(flaw, FailureKind):
        await reply_to_asker(message, current_user.t(f"failure-{flaw}"))
    elif listener and has_sound(message):
        await reply_to_asker(message, current_user.t("voice-album"))
    else:
        await reply_to_asker(message, current_user.t(ANSWERS[ContentType(message.content_type)]))


async def pass_over(message: Message, albums: Albums) -> None:
    """Record a message of an album, because a later caption of it may address the bot."""
    await albums.pass_over(message)
