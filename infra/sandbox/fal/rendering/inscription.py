"""Text that a prompt asks for in quotes, drawn as a sign."""

import re

from PIL import Image, ImageDraw

from infra.sandbox.fal.rendering.caption import find_font, in_latin

_QUOTED = re.compile(r"«([^«»]+)»|“([^“”]+)”|„([^„“”]+)[“”]|\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)")
_LONGEST = 40
#: The model misspells the text.
TYPO = "#typo"


def inscription_of(prompt: str) -> str | None:
    """Return the text that is drawn for a prompt, as the image shows it."""
    found = _QUOTED.search(prompt)
    if found is None:
        return None
    text = next(group for group in found.groups() if group).strip()[:_LONGEST]
    return text[:1] + text[2:3] + text[1:2] + text[3:] if TYPO in prompt else text


def sign(image: Image.Image, prompt: str) -> None:
    """Draw the text, if the prompt asks for one, on a board in the middle."""
    text = inscription_of(prompt)
    if not text:
        return
    height = max(10, min(image.height // 9, round(image.width * 1.4 / len(text))))
    font, has_cyrillic = find_font(height)
    shown = text if has_cyrillic else in_latin(text)
    draw = ImageDraw.Draw(image)
    width = draw.textlength(shown, font)
    left, top = (image.width - width) / 2, image.height * 0.36
    board = (
        left - height * 0.5,
        top - height * 0.3,
        left + width + height * 0.5,
        top + height * 1.5,
    )
    draw.rectangle(board, fill=(245, 240, 225), outline=(60, 45, 35), width=max(1, height // 12))
    draw.text((left, top), shown, (40, 30, 25), font)
