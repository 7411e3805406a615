"""The tour as a page: each scene's text and screenshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

_WIDTH = 260
_COLUMNS = 100


@dataclass(frozen=True)
class Sheet:
    """A played scene: its title, its text, and the names of its screenshots."""

    title: str
    text: str
    pictures: Sequence[str]


def page(title: str, introduction: str, sheets: Sequence[Sheet], folder: str) -> str:
    """Return Markdown; the screenshots are in `folder`, beside the page."""
    parts = [f"# {title}", fill(introduction, _COLUMNS)]
    for sheet in sheets:
        parts += [f"## {sheet.title}", fill(sheet.text, _COLUMNS), _pictures(sheet, folder)]
    return "\n\n".join(parts) + "\n"


def _pictures(sheet: Sheet, folder: str) -> str:
    return "\n".join(
        f'<img src="{folder}/{name}" width="{_WIDTH}" alt="{sheet.title}">'
        for name in sheet.pictures
    )


def write(path: Path, content: str, pictures: Mapping[str, bytes], folder: Path) -> None:
    """Write the page and its screenshots, replacing those of an earlier tour."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    for name, picture in pictures.items():
        (folder / name).write_bytes(picture)
    path.write_text(content, encoding="utf-8")
