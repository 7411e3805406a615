"""Cards and results shown in Telegram; every refusal is a typed outcome.

https://core.telegram.org/bots/api#available-methods
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

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
    Message,
    ReplyParameters,
)

from infra.errors import DarkroomError
from infra.telegram.media import Media, Shape

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


@dataclass(frozen=True)
class Sent:
    """A message that shows a file, and the id by which Telegram sends the file again in the same shape."""

    message_id: int
    shape: Shape
    file_id: str

    @classmethod
    def of(cls, message: Message) -> Self:
        if message.photo:
            return cls(message.message_id, Shape.PHOTO, message.photo[-1].file_id)
        if message.video:
            return cls(message.message_id, Shape.VIDEO, message.video.file_id)
        document = message.document
        return cls(message.message_id, Shape.DOCUMENT, document.file_id if document else "")


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
        self,
        place: Place,
        media: Sequence[Media],
        caption: str,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> tuple[Sent, ...]:
        """Send results as a clip, a photo, an album or documents, by what they are; an album takes no buttons."""
        with _outcomes():
            if len(media) > 1:
                messages = await self._send_album(place, media, caption)
            else:
                messages = [await self._send_single(place, media[0], caption, keyboard)]
        return tuple(map(Sent.of, messages))

    async def remove(self, chat_id: int, message_ids: Collection[int]) -> None:
        """Delete messages; those that are gone already are passed over."""
        with _outcomes():
            await self._bot.delete_messages(chat_id=chat_id, message_ids=sorted(message_ids))

    async def _send_single(
        self, place: Place, media: Media, caption: str, keyboard: InlineKeyboardMarkup | None
    ) -> Message:
        common = {
            **place.parameters(),
            "caption": caption,
            "reply_markup": keyboard,
            "request_timeout": UPLOAD_SECONDS,
        }
        match media.shape:
            case Shape.VIDEO:
                return await self._bot.send_video(
                    video=media.file, **media.video_fields(), **common
                )
            case Shape.PHOTO:
                return await self._bot.send_photo(photo=media.file, **common)
            case _:
                return await self._bot.send_document(
                    document=media.file, thumbnail=media.thumbnail, **common
                )

    async def _send_album(
        self, place: Place, media: Sequence[Media], caption: str
    ) -> list[Message]:
        # Telegram mixes photos and clips in an album, documents only with each other.
        as_documents = any(item.shape is Shape.DOCUMENT for item in media)
        captions = [caption] + [None] * (len(media) - 1)
        album: list[Any] = [
            item.as_input(text, as_document=as_documents)
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
