"""Message content from bytes: `photo`, `video`, `animation`, `document`…"""

import asyncio
from collections.abc import Awaitable, Callable

from infra.sandbox.telegram import media
from infra.sandbox.telegram.files import Files, StoredFile
from infra.sandbox.telegram.media import Clip, PhotoDimensionsError, Rendition, UnreadableMediaError
from infra.sandbox.telegram.parameters import Upload
from infra.sandbox.telegram.refusals import ProcessingError, bad_request
from infra.sandbox.telegram.wire import Json

PHOTO_BYTES = 10 * 1024 * 1024
PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}

type Attach = Callable[[Upload, Upload | None], Awaitable[Json]]


class Attachments:
    """Stores files; `thumbnail` is one that the sender made."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.kinds: dict[str, Attach] = {
            "photo": self.photo,
            "video": self.video,
            "animation": self.animation,
            "document": self.document,
            "audio": self.audio,
            "voice": self.voice,
            "video_note": self.video_note,
        }

    async def photo(self, upload: Upload, _thumbnail: Upload | None = None) -> Json:
        if len(upload.data) > PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(upload.data)} bytes is too big for a photo;"
                f" the maximum size is {PHOTO_BYTES} bytes"
            )
        try:
            renditions = await asyncio.to_thread(media.photo_renditions, upload.data)
        except PhotoDimensionsError:
            raise ProcessingError("PHOTO_INVALID_DIMENSIONS") from None
        except UnreadableMediaError:
            raise ProcessingError("IMAGE_PROCESS_FAILED") from None
        return self._photo(renditions)

    def _photo(self, renditions: list[Rendition]) -> Json:
        stored = [self._files.add("Photo", each.data, "image/jpeg") for each in renditions]
        sizes = [_measured(file, each) for file, each in zip(stored, renditions, strict=True)]
        return self._files.describe(stored, {"photo": sizes})

    async def video(self, upload: Upload, thumbnail: Upload | None = None) -> Json:
        """Send a video that cannot be decoded as a document, as Telegram does."""
        try:
            clip = await asyncio.to_thread(media.probe_clip, upload.data)
        except UnreadableMediaError:
            return await self.document(upload, thumbnail)
        stored = self._files.add("Video", upload.data, _clip_type(upload))
        shown = self._clip(stored, upload, clip, await self._thumbnail(thumbnail, clip.thumbnail))
        return self._files.describe([stored], {"video": shown})

    async def animation(self, upload: Upload, thumbnail: Upload | None = None) -> Json:
        try:
            clip = await asyncio.to_thread(media.probe_clip, upload.data)
        except UnreadableMediaError:
            return await self.document(upload, thumbnail)
        stored = self._files.add("Animation", upload.data, _clip_type(upload))
        small = await self._thumbnail(thumbnail, clip.thumbnail)
        shown = self._clip(stored, upload, clip, small)
        document = self._described(stored, upload, small)
        return self._files.describe([stored], {"animation": shown, "document": document})

    async def document(self, upload: Upload, thumbnail: Upload | None = None) -> Json:
        small = await self._thumbnail(thumbnail, None)
        if small is None and upload.content_type in PICTURES:
            small = await self._thumbnail(upload, None)
        stored = self._files.add("Document", upload.data, upload.content_type)
        return self._files.describe([stored], {"document": self._described(stored, upload, small)})

    async def audio(self, upload: Upload, _thumbnail: Upload | None = None) -> Json:
        """Send a sound that Telegram does not play as a document."""
        try:
            sound = await asyncio.to_thread(media.probe_sound, upload.data)
        except UnreadableMediaError:
            return await self.document(upload)
        stored = self._files.add("Audio", upload.data, upload.content_type)
        named = {name: value for name, value in sound.tags.items() if value}
        shown = {"duration": sound.seconds, **named, "file_name": upload.name}
        shown |= {"mime_type": upload.content_type, **stored.described}
        return self._files.describe([stored], {"audio": shown})

    async def voice(self, upload: Upload, _thumbnail: Upload | None = None) -> Json:
        """Send what is no OGG with Opus as an audio file, as Telegram does."""
        try:
            sound = await asyncio.to_thread(media.probe_sound, upload.data)
        except UnreadableMediaError:
            return await self.document(upload)
        if not sound.is_voice:
            return await self.audio(upload)
        stored = self._files.add("VoiceNote", upload.data, "audio/ogg")
        shown = {"duration": sound.seconds, "mime_type": "audio/ogg", **stored.described}
        return self._files.describe([stored], {"voice": shown})

    async def video_note(self, upload: Upload, thumbnail: Upload | None = None) -> Json:
        """Send a video that is not square as an ordinary one, as Telegram does."""
        try:
            clip = await asyncio.to_thread(media.probe_clip, upload.data)
        except UnreadableMediaError:
            return await self.document(upload, thumbnail)
        if clip.width != clip.height:
            return await self.video(upload, thumbnail)
        stored = self._files.add("VideoNote", upload.data, "video/mp4")
        small = await self._thumbnail(thumbnail, clip.thumbnail)
        shown = {"length": clip.width, "duration": clip.duration, "thumbnail": small}
        return self._files.describe([stored], {"video_note": shown | stored.described})

    def sticker(self, emoji: str, picture: Rendition) -> Json:
        stored = self._files.add("Sticker", picture.data, "image/webp")
        shown = {
            "type": "regular",
            "width": picture.width,
            "height": picture.height,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
            **stored.described,
        }
        return self._files.describe([stored], {"sticker": shown})

    def _clip(self, stored: StoredFile, upload: Upload, clip: Clip, small: Json | None) -> Json:
        measures = {"width": clip.width, "height": clip.height, "duration": clip.duration}
        return measures | self._described(stored, upload, small)

    def _described(self, stored: StoredFile, upload: Upload, small: Json | None) -> Json:
        shown: Json = {"file_name": upload.name, "mime_type": stored.content_type}
        return shown | ({"thumbnail": small} if small else {}) | stored.described

    async def _thumbnail(self, given: Upload | None, own: Rendition | None) -> Json | None:
        """Return the sender's thumbnail, or a generated one if there is none; ignore one that is not an image."""
        if given is not None:
            try:
                own = await asyncio.to_thread(media.thumbnail, given.data)
            except (UnreadableMediaError, PhotoDimensionsError):
                return None
        if own is None:
            return None
        return _measured(self._files.add("Thumbnail", own.data, "image/jpeg"), own)


def _measured(stored: StoredFile, rendition: Rendition) -> Json:
    return stored.described | {"width": rendition.width, "height": rendition.height}


def _clip_type(upload: Upload) -> str:
    known = upload.content_type.startswith("video/") or upload.content_type == "image/gif"
    return upload.content_type if known else "video/mp4"
