"""Recordings in messages: which can be transcribed, and why others cannot."""

from aiogram.types import Audio, Document, Message, VideoNote, Voice

from worker.prompt_helper.transcription import (
    MAX_BYTES,
    MAX_SECONDS,
    MAX_UNMEASURED_BYTES,
    NotHeard,
    Recording,
)

# The media type that fal's storage gets; its file name is made of it.
_FORMATS = {
    **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg"),
    **dict.fromkeys(("mp3", "mpeg", "mpga"), "audio/mpeg"),
    **dict.fromkeys(("m4a", "x-m4a", "mp4", "m4b"), "audio/mp4"),
    **dict.fromkeys(("wav", "x-wav", "wave", "vnd.wave"), "audio/wav"),
    **dict.fromkeys(("flac", "x-flac"), "audio/flac"),
    **dict.fromkeys(("aac", "x-aac", "aacp"), "audio/aac"),
}
_SUFFIXES = (
    ".oga",
    ".ogg",
    ".opus",
    ".mp3",
    ".m4a",
    ".wav",
    ".flac",
    ".aac",
    ".wma",
    ".amr",
    ".aiff",
)


def has_sound(message: Message) -> bool:
    """Tell whether a message is a voice message, a video message or an audio file."""
    if not message.document:
        return bool(message.voice or message.video_note or message.audio)
    name, content_type = message.document.file_name or "", message.document.mime_type or ""
    return content_type.startswith("audio/") or name.lower().endswith(_SUFFIXES)


def recording_of(message: Message) -> Recording:
    """Return the recording of a message that has one. Raises NotHeard if we cannot listen to it."""
    file = message.voice or message.video_note or message.audio or message.document
    content_type = _content_type(file)
    if file is None or content_type is None:
        raise NotHeard("voice-format")
    # Telegram sends a file whose length it does not know as a document.
    seconds = 0 if isinstance(file, Document) else file.duration
    size = file.file_size or 0
    if seconds > MAX_SECONDS or (not seconds and size > MAX_UNMEASURED_BYTES):
        raise NotHeard("voice-too-long")
    if size > MAX_BYTES:
        raise NotHeard("voice-too-heavy")
    return Recording(file.file_id, file.file_unique_id, content_type, seconds, size)


def _content_type(file: Voice | VideoNote | Audio | Document | None) -> str | None:
    """Return the media type, None if the speech model does not read it."""
    match file:
        case Voice():
            return "audio/ogg"
        case VideoNote():
            return "video/mp4"
        case Audio() | Document():
            subtype = (file.mime_type or "").lower().partition("/")[2]
            suffix = (file.file_name or "").lower().rpartition(".")[2]
            return _FORMATS.get(subtype) or _FORMATS.get(suffix)
        case None:
            return None
