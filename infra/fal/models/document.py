"""The tables of models in the documents: `make model-tables` writes them."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.fal.model import Model, Work
from infra.fal.models.catalogue import MODELS
from infra.fal.prices import estimate

_ROOT = Path(__file__).parents[3]
PAGE = _ROOT / "docs" / "models.md"
READMES = {_ROOT / "README.md": "of fal's", _ROOT / "README.ru.md": "моделей fal"}

_BEGIN, _END = "<!-- models: begin -->", "<!-- models: end -->"
_TABLE = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
_TITLES = {
    Work.IMAGE: "Images from text",
    Work.IMAGE_EDIT: "Edits of images",
    Work.INPAINTING: "Repainting a part",
    Work.UPSCALE: "Upscaling an image",
    Work.BACKGROUND_REMOVAL: "Removing the background",
    Work.OUTPAINT: "Outpainting",
    Work.ERASE: "Erasing",
    Work.VIDEO: "Videos from text",
    Work.IMAGE_TO_VIDEO: "Videos from an image",
    Work.FIRST_LAST_FRAME: "Videos between two frames",
    Work.EXTEND_VIDEO: "Extending a video",
    Work.VIDEO_UPSCALE: "Upscaling a video",
}
_NOTES = {"size": "sizes", "aspect": "aspects", "duration": "s", "count": "images"}


def page(text: str) -> str:
    """Return the text of docs/models.md with the tables of today's catalogue."""
    sections = []
    for work, title in _TITLES.items():
        lines = [
            f"### {title}",
            "",
            "| model | endpoint | options | fal's unit price | usual order |",
            "|---|---|---|---|---|",
        ]
        for row in MODELS.shipped.values():
            if work in row.works:
                price, usual = row.price, estimate(row, {})
                cells = (
                    row.title + (" (English only)" if row.english_only else ""),
                    f"`{row.endpoint}`",
                    "; ".join(describe_options(row)) or "none",
                    "not known"
                    if price.dollars is None
                    else f"${price.dollars:g} ({price.name}, {price.date})",
                    "not known" if usual is None else f"${usual:.4g}",
                )
                lines.append(f"| {' | '.join(cells)} |")
        sections.append("\n".join(lines))
    tables = "\n\n".join(sections)
    return _TABLE.sub(lambda _: f"{_BEGIN}\n\n{tables}\n\n{_END}", text)


def readme(text: str, words: str) -> str:
    """Return the text of a README with the number of models."""
    return re.sub(rf"\| \d+ {re.escape(words)} \|", f"| {len(MODELS.shipped)} {words} |", text)


def describe_options(row: Model) -> Iterator[str]:
    for name in row.options:
        values = [str(value) for value in row.choices(name)]
        match name:
            case "size" | "aspect":
                yield f"{len(values)} {_NOTES[name]}"
            case "duration":
                yield f"{values[0]}–{values[-1]} s" if len(values) > 1 else f"{values[0]} s"
            case "audio":
                yield "sound on or off"
            case "count":
                yield f"up to {values[-1]} images"
            case "scale":
                yield ", ".join(f"×{value}" for value in values)
            case _:
                yield f"{name} {', '.join(values)}"


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    for file, words in READMES.items():
        file.write_text(readme(file.read_text(encoding="utf-8"), words), encoding="utf-8")


if __name__ == "__main__":
    main()
