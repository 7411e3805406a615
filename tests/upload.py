import mimetypes
from pathlib import Path


def upload(file: Path | bytes) -> tuple[str, bytes, str]:
    """A file's name, bytes and type, as a form has them."""
    if isinstance(file, Path):
        guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return file.name, file.read_bytes(), guessed
    name, content_type = _recognise(file)
    return name, file, content_type


def _recognise(data: bytes) -> tuple[str, str]:
    if data.startswith(b"\x89PNG"):
        return "picture.png", "image/png"
    if data.startswith(b"\xff\xd8"):
        return "picture.jpg", "image/jpeg"
    if data[4:8] == b"ftyp":
        return "clip.mp4", "video/mp4"
    if data[8:12] == b"WEBP":
        return "picture.webp", "image/webp"
    return "file.bin", "application/octet-stream"
