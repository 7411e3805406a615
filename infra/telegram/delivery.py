"""Cards and results shown in Telegram; every refusal is a typed outcome.

https://core.telegram.org/bots/api#available-methods
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import (
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    ReplyParameters,
)

from infra.errors import DarkroomError

PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20
# A 50 MB clip over a slow line; ordinary calls have the bot's own, shorter limit.
UPLOAD_SECONDS = 120
NETWORK_RETRY_SECONDS = 5


class TelegramOutcome(DarkroomError):  # noqa: N818 - what Telegram said, not always an error
    """Telegram did not do it; the subclass says what follows."""


class Postponed(TelegramOutcome):
    """Once more after so many seconds, and not before."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:g} s")
        self.seconds = seconds


class Unreachable(TelegramOutcome):
    """The person has blocked the bot, or the chat is gone: stop writing there."""


class MessageGone(TelegramOutcome):
    """The message was deleted: send a new one."""


class Migrated(TelegramOutcome):
    """The group has become a supergroup with another id."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("the group has moved")
        self.chat_id = chat_id


class Refused(TelegramOutcome):
    """Telegram will never take this message; its own words say why."""


@dataclass(frozen=True)
class Place:
    """Where a message goes: a chat, a forum topic of it, and the message it answers."""

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None

    def parameters(self) -> dict[str, Any]:
        reply = self.reply_to and ReplyParameters(
            message_id=self.reply_to, allow_sending_without_reply=True
        )
        return {
            "chat_id": self.chat_id,
            "message_thread_id": self.thread_id,
            "reply_parameters": reply or None,
        }


class Streamed(InputFile):
    """A file that is read while it is sent, so that its size is never in memory."""

    def __init__(self, open_stream: Callable[[], AsyncIterator[bytes]], name: str) -> None:
        super().__init__(filename=name)
        self._open_stream = open_stream

    async def read(self, bot: Bot) -> AsyncGenerator[bytes]:  # noqa: ARG002 - aiogram's signature
        async for chunk in self._open_stream():
            yield chunk


@dataclass(frozen=True)
class Media:
    """A picture or a clip to send. Sizes in bytes and pixels, duration in seconds."""

    file: InputFile
    content_type: str
    size: int
    width: int
    height: int
    duration: float | None = None
    thumbnail: InputFile | None = None

    @property
    def is_clip(self) -> bool:
        return self.content_type.startswith("video/")

    @property
    def fits_photo(self) -> bool:
        longer, shorter = max(self.width, self.height), min(self.width, self.height)
        return (
            self.content_type.startswith("image/")
            and self.size <= PHOTO_BYTES
            and self.width + self.height <= PHOTO_SIDES
            and longer <= PHOTO_RATIO * shorter
        )


class Delivery:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send_card(
        self, place: Place, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> int:
        with _outcomes():
            sent = await self._bot.send_message(
                text=text, reply_markup=keyboard, **place.parameters()
            )
        return sent.message_id

    async def edit_card(
        self, chat_id: int, message_id: int, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Show another text in the same message; an unchanged one is a success."""
        with _outcomes():
            await self._bot.edit_message_text(
                text=text, chat_id=chat_id, message_id=message_id, reply_markup=keyboard
            )

    async def send_results(
        self, place: Place, media: Sequence[Media], caption: str
    ) -> tuple[int, ...]:
        """Send results as a clip, a photo, an album or documents, by what they are; the ids of the messages."""
        with _outcomes():
            if len(media) > 1:
                sent = await self._send_album(place, media, caption)
            else:
                sent = [await self._send_single(place, media[0], caption)]
        return tuple(message.message_id for message in sent)

    async def _send_single(self, place: Place, media: Media, caption: str) -> Message:
        common = {
            **place.parameters(),
            "caption": caption,
            "request_timeout": UPLOAD_SECONDS,
        }
        if media.is_clip:
            return await self._bot.send_video(
                video=media.file,
                width=media.width,
                height=media.height,
                duration=round(media.duration or 0),
                thumbnail=media.thumbnail,
                supports_streaming=True,
                **common,
            )
        if media.fits_photo:
            return await self._bot.send_photo(photo=media.file, **common)
        return await self._bot.send_document(
            document=media.file, thumbnail=media.thumbnail, **common
        )

    async def _send_album(
        self, place: Place, media: Sequence[Media], caption: str
    ) -> list[Message]:
        as_photos = all(item.fits_photo for item in media)
        captions = [caption] + [None] * (len(media) - 1)
        album: list[Any] = [
            InputMediaPhoto(media=item.file, caption=text)
            if as_photos
            else InputMediaDocument(media=item.file, caption=text, thumbnail=item.thumbnail)
            for item, text in zip(media, captions, strict=True)
        ]
        return await self._bot.send_media_group(
            media=album, request_timeout=UPLOAD_SECONDS, **place.parameters()
        )


@contextmanager
def _outcomes() -> Iterator[None]:
    """Turn aiogram's exceptions into ours. The texts are matched loosely: Telegram says that they may change."""
    try:
        yield
    except TelegramRetryAfter as error:
        raise Postponed(error.retry_after) from error
    except TelegramMigrateToChat as error:
        raise Migrated(error.migrate_to_chat_id) from error
    except TelegramEntityTooLarge as error:
        raise Refused(error.message) from error
    except (TelegramNetworkError, TelegramServerError) as error:
        raise Postponed(NETWORK_RETRY_SECONDS) from error
    except TelegramForbiddenError as error:
        raise Unreachable("the bot may not write to this chat") from error
    except (TelegramBadRequest, TelegramNotFound) as error:
        _raise_bad_request(error.message, error)


def _raise_bad_request(message: str, error: Exception) -> None:
    text = message.lower()
    if "not modified" in text:
        return
    if "chat not found" in text:
        raise Unreachable("there is no such chat") from error
    if "message to edit not found" in text or "can't be edited" in text:
        raise MessageGone("the message was deleted") from error
    raise Refused(message) from error
