"""Files to send, and the kind of message that Telegram accepts for each.

https://core.telegram.org/bots/api#sending-files
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from aiogram import Bot
from aiogram.types import InputFile, InputMediaDocument, InputMediaPhoto, InputMediaVideo

PHOTO_BYTES = 10_000_000
PHOTO_SIDES = 10_000  # width + height
PHOTO_RATIO = 20
UPLOAD_BYTES = 50_000_000
#: For an own Bot API server: https://core.telegram.org/bots/api#using-a-local-bot-api-server
LOCAL_UPLOAD_BYTES = 2_000_000_000

_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_CLIPS = frozenset({"video/mp4"})

type InputMedia = InputMediaPhoto | InputMediaVideo | InputMediaDocument


class Shape(StrEnum):
    """How a file appears in a chat."""

    PHOTO = "photo"  # compressed by Telegram
    VIDEO = "video"
    DOCUMENT = "document"  # the unchanged file
    LINK = "link"  # too large for a bot to send


class Measured(Protocol):
    """Something with a MIME type, a size in bytes and pixels, and perhaps transparency."""

    @property
    def content_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def transparent(self) -> bool: ...


def shape_of(file: Measured, upload_bytes: int = UPLOAD_BYTES) -> Shape:
    """Return the best shape that Telegram accepts for a file."""
    if file.size > upload_bytes:
        return Shape.LINK
    if file.content_type in _CLIPS:
        return Shape.VIDEO
    longer, shorter = max(file.width, file.height), min(file.width, file.height)
    is_photo = (
        file.content_type in _PHOTOS
        and file.size <= PHOTO_BYTES
        and file.width + file.height <= PHOTO_SIDES
        and longer <= PHOTO_RATIO * shorter
        and not file.transparent
    )
    return Shape.PHOTO if is_photo else Shape.DOCUMENT


class Streamed(InputFile):
    """A file that is read while it is sent, so that it is never completely in memory."""

    def __init__(self, open_stream: Callable[[], AsyncIterator[bytes]], name: str) -> None:
        super().__init__(filename=name)
        self._open_stream = open_stream

    async def read(self, bot: Bot) -> AsyncGenerator[bytes]:  # noqa: ARG002 - aiogram's signature
        async for chunk in self._open_stream():
            yield chunk


@dataclass(frozen=True)
class Media:
    """An image or a video to send: its bytes, or Telegram's file id for the same shape.

    Sizes are bytes and pixels, duration is seconds. With `whole` it is always sent as a document.
    """

    file: InputFile | str
    content_type: str
    size: int
    width: int
    height: int
    duration: float | None = None
    thumbnail: InputFile | None = None
    transparent: bool = False
    whole: bool = False
    upload_bytes: int = UPLOAD_BYTES

    @property
    def shape(self) -> Shape:
        return Shape.DOCUMENT if self.whole else shape_of(self, self.upload_bytes)

    def video_fields(self) -> dict[str, Any]:
        """Return the fields of a video that Telegram does not detect."""
        return {
            "width": self.width,
            "height": self.height,
            "duration": round(self.duration or 0),
            "thumbnail": self.thumbnail,
            "supports_streaming": True,
        }

    def as_input(self, caption: str | None = None, *, as_document: bool = False) -> InputMedia:
        """Return the input for an album, or to replace a message's media."""
        match Shape.DOCUMENT if as_document else self.shape:
            case Shape.PHOTO:
                return InputMediaPhoto(media=self.file, caption=caption)
            case Shape.VIDEO:
                return InputMediaVideo(media=self.file, caption=caption, **self.video_fields())
            case _:
                return InputMediaDocument(
                    media=self.file,
                    caption=caption,
                    thumbnail=self.thumbnail,
                    disable_content_type_detection=True,
                )
