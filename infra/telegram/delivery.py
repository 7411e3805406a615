"""Sending of cards and results to Telegram. Every refusal is a typed outcome.

https://core.telegram.org/bots/api#available-methods
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup, Message, ReactionTypeEmoji, ReplyParameters

from infra.telegram.chat_action import uploading
from infra.telegram.outcomes import MessageGone, outcomes
from infra.telegram.outgoing_media import LOCAL_UPLOAD_BYTES, UPLOAD_BYTES, Media, Shape

# For a 50 MB video over a slow connection; other calls have the bot's shorter limit.
UPLOAD_SECONDS = 120
PROBE_SECONDS = 10


@dataclass(frozen=True)
class Place:
    """Destination of a message: a chat, its forum topic, and the message to reply to."""

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
    """A message with a file, and the file id to send it again in the same shape.

    Without a shape it is a text message about the file.
    """

    message_id: int
    shape: Shape | None = None
    file_id: str = ""

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
        #: Maximum size of a file that can be sent.
        self.upload_bytes = LOCAL_UPLOAD_BYTES if bot.session.api.is_local else UPLOAD_BYTES

    async def send_card(
        self, place: Place, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> int:
        with outcomes():
            sent = await self._bot.send_message(
                text=text, reply_markup=keyboard, **place.parameters()
            )
        return sent.message_id

    async def edit_card(
        self, chat_id: int, message_id: int, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Edit a message's text and keyboard. It is not an error if nothing changes."""
        with outcomes():
            await self._bot.edit_message_text(
                text=text, chat_id=chat_id, message_id=message_id, reply_markup=keyboard
            )

    async def edit_caption(
        self, chat_id: int, message_id: int, caption: str, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        with outcomes():
            await self._bot.edit_message_caption(
                caption=caption, chat_id=chat_id, message_id=message_id, reply_markup=keyboard
            )

    async def edit_result(
        self,
        place: Place,
        message_id: int,
        media: Media,
        caption: str,
        keyboard: InlineKeyboardMarkup | None,
    ) -> Sent:
        """Turn a message in this place into a result. A repetition changes nothing.

        https://core.telegram.org/bots/api#editmessagemedia
        """
        async with uploading(self._bot, place.chat_id, place.thread_id, [media]):
            with outcomes():
                edited = await self._bot.edit_message_media(
                    media=media.as_input(caption),
                    chat_id=place.chat_id,
                    message_id=message_id,
                    reply_markup=keyboard,
                    request_timeout=UPLOAD_SECONDS,
                )
                if isinstance(edited, Message):
                    return replace(Sent.of(edited), message_id=message_id)
            return Sent(message_id)

    async def send_results(
        self,
        place: Place,
        media: Sequence[Media],
        caption: str,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> tuple[Sent, ...]:
        """Send results as a video, a photo, an album or documents, by their shape. An album has no buttons."""
        async with uploading(self._bot, place.chat_id, place.thread_id, media):
            with outcomes():
                if len(media) == 1:
                    return (Sent.of(await self._send_single(place, media[0], caption, keyboard)),)
                # An album may mix photos and videos; documents only with documents.
                as_documents = any(item.shape is Shape.DOCUMENT for item in media)
                captions = [caption] + [None] * (len(media) - 1)
                album: list[Any] = [
                    item.as_input(text, as_document=as_documents)
                    for item, text in zip(media, captions, strict=True)
                ]
                messages = await self._bot.send_media_group(
                    media=album, request_timeout=UPLOAD_SECONDS, **place.parameters()
                )
            return tuple(map(Sent.of, messages))

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Delete a message; it is not an error if it is gone."""
        with suppress(MessageGone), outcomes():
            await self._bot.delete_message(chat_id=chat_id, message_id=message_id)

    async def react(self, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Set the bot's reaction on a message, or remove it."""
        reaction = [ReactionTypeEmoji(emoji=emoji)] if emoji else []
        with outcomes():
            await self._bot.set_message_reaction(chat_id, message_id, [*reaction])

    async def remove(self, chat_id: int, message_ids: Collection[int]) -> None:
        """Delete messages; already deleted ones are skipped."""
        with outcomes():
            await self._bot.delete_messages(chat_id=chat_id, message_ids=sorted(message_ids))

    async def probe(self) -> None:
        """Check that Telegram answers."""
        with outcomes():
            await self._bot.get_me(request_timeout=PROBE_SECONDS)

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
                    document=media.file,
                    thumbnail=media.thumbnail,
                    # Otherwise Telegram turns a video document into a video.
                    disable_content_type_detection=True,
                    **common,
                )


def method_for(media: Sequence[Media]) -> str:
    """Return the Bot API's method that sends these together."""
    if len(media) > 1:
        return "sendMediaGroup"
    match media[0].shape:
        case Shape.VIDEO:
            return "sendVideo"
        case Shape.PHOTO:
            return "sendPhoto"
        case _:
            return "sendDocument"
