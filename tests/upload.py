import mimetypes
from pathlib import Path


def upload(file: Path | bytes) -> tuple[str, bytes, str]:
    """A file's name, bytes and type, as a form has them."""
    if isinstance(file, Path):
        guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return file.name, file.read_bytes(), guessed
    name, content_type = _recognise(file)
    return name, file, content_type


# The beginning of a file, where it says its form: the offset, the bytes, a name and the type.
_SIGNATURES = (
    (0, b"\x89PNG", "picture.png", "image/png"),
    (0, b"\xff\xd8", "picture.jpg", "image/jpeg"),
    (4, b"ftyp", "clip.mp4", "video/mp4"),
    (8, b"WEBP", "picture.webp", "image/webp"),
    (0, b"OggS", "voice.ogg", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "voice", "audio/webm"),
    (0, b"ID3", "sound.mp3", "audio/mpeg"),
    (8, b"WAVE", "sound.wav", "audio/x-wav"),
)


def _recognise(data: bytes) -> tuple[str, str]:
    for offset, signature, name, content_type in _SIGNATURES:
        if data.startswith(signature, offset):
            return name, content_type
    return "file.bin", "application/octet-stream"
