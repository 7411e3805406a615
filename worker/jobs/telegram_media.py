"""A job's files on their way to Telegram: by Telegram's own id where it has one, else out of our storage."""

from pathlib import PurePosixPath

from aiogram.types import InputFile

from infra.storage.store import Storage
from infra.telegram.outgoing_media import UPLOAD_BYTES, Media, Shape, Streamed, shape_of
from worker.model import File


def as_media(
    file: File, storage: Storage, *, whole: bool = False, upload_bytes: int = UPLOAD_BYTES
) -> Media:
    """The file in the best shape that Telegram takes; for one that is too large, its preview.

    With `whole` it goes as a document, and nothing but itself.
    """
    preview = _stream(file.thumbnail, storage) if file.thumbnail else None
    if shape_of(file, upload_bytes) is Shape.LINK and preview:
        return Media(preview, "image/jpeg", 0, 1, 1, whole=whole)
    return Media(
        file=as_document(file, storage) if whole else file.file_id or _stream(file.key, storage),
        content_type=file.content_type,
        size=file.size,
        width=file.width,
        height=file.height,
        duration=file.duration,
        thumbnail=None if whole else preview,
        whole=whole,
        upload_bytes=upload_bytes,
    )


def as_document(file: File, storage: Storage) -> InputFile | str:
    """Every byte of the file."""
    return file.document_id or _stream(file.key, storage)


def _stream(key: str, storage: Storage) -> Streamed:
    return Streamed(lambda: storage.read(key), PurePosixPath(key).name)
