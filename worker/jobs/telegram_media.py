"""A job's files as Telegram media: by Telegram's file id if it is known, else streamed from our storage."""

from pathlib import PurePosixPath

from aiogram.types import InputFile

from infra.storage.store import Storage
from infra.telegram.outgoing_media import UPLOAD_BYTES, Media, Shape, Streamed, shape_of
from worker.model import File


def as_media(
    file: File, storage: Storage, *, whole: bool = False, upload_bytes: int = UPLOAD_BYTES
) -> Media:
    """Return the file in the best form that Telegram accepts; a preview for one that is too large.

    With `whole` it is a document without a thumbnail.
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
        transparent=file.transparent,
        thumbnail=None if whole else preview,
        whole=whole,
        upload_bytes=upload_bytes,
    )


def as_document(file: File, storage: Storage) -> InputFile | str:
    """Return the uncompressed file."""
    return file.document_id or _stream(file.key, storage)


def _stream(key: str, storage: Storage) -> Streamed:
    return Streamed(lambda: storage.read(key), PurePosixPath(key).name)
