import json
import mimetypes
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.wire import Json

FOLDERS: Mapping[str, str] = {
    "Photo": "photos",
    "Video": "videos",
    "Animation": "animations",
    "Document": "documents",
    "Audio": "music",
    "VoiceNote": "voice",
    "VideoNote": "video_notes",
    "Sticker": "stickers",
    "Thumbnail": "thumbnails",
}


@dataclass(frozen=True)
class StoredFile:
    """`content` is what a message with this file shows of it (`photo`, `video`…)."""

    file_id: str
    unique_id: str
    kind: str
    path: str
    content_type: str
    size: int
    content: Json | None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        content = json.loads(row["content"]) if row["content"] else None
        return cls(**{**dict(row), "content": content})

    @property
    def described(self) -> Json:
        """Return the common fields of the Bot API's file objects."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class Files:
    """Every file that was sent: bytes in a folder, metadata in the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def add(self, kind: str, data: bytes, content_type: str) -> StoredFile:
        number = self._database.next_number("file")
        suffix = mimetypes.guess_extension(content_type) or ".bin"
        path = f"{FOLDERS[kind]}/file_{number}{suffix}"
        self._write(path, data)
        stored = StoredFile(
            file_id=f"{kind[:2]}{secrets.token_urlsafe(36)}",
            unique_id=f"AQAD{secrets.token_urlsafe(9)}",
            kind=kind,
            path=path,
            content_type=content_type,
            size=len(data),
            content=None,
        )
        self._insert(stored)
        return stored

    def _write(self, path: str, data: bytes) -> None:
        target = self.location(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def _insert(self, stored: StoredFile) -> None:
        self._database.change(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, NULL)",
            *(stored.file_id, stored.unique_id, stored.kind),
            *(stored.path, stored.content_type, stored.size),
        )

    def describe(self, files: list[StoredFile], content: Json) -> Json:
        """Store the message content of these files, for when one is sent again by its id."""
        for stored in files:
            self._database.change(
                "UPDATE files SET content = ? WHERE file_id = ?",
                *(json.dumps(content), stored.file_id),
            )
        return content

    def find(self, file_id: str) -> StoredFile | None:
        row = self._database.row("SELECT * FROM files WHERE file_id = ?", file_id)
        return StoredFile.from_row(row) if row else None

    def find_path(self, path: str) -> StoredFile | None:
        row = self._database.row("SELECT * FROM files WHERE path = ?", path)
        return StoredFile.from_row(row) if row else None

    def location(self, path: str) -> Path:
        return self._folder / path
