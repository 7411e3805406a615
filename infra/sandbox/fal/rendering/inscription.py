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
    draw, height = ImageDraw.Draw(image), _height(image.size, text)
    font, has_cyrillic = find_font(height)
    left, top, right, bottom = place_of(image.size, text)
    edge = height * 0.5
    draw.rectangle(
        (left - edge, top - height * 0.3, right + edge, bottom + height * 0.3),
        fill=(245, 240, 225),
        outline=(60, 45, 35),
        width=max(1, height // 12),
    )
    draw.text((left, top), text if has_cyrillic else in_latin(text), (40, 30, 25), font)


def place_of(size: tuple[int, int], text: str) -> tuple[float, float, float, float]:
    """Return where the letters are on an image of this size: left, top, right and bottom."""
    height = _height(size, text)
    font, has_cyrillic = find_font(height)
    width = font.getlength(text if has_cyrillic else in_latin(text))
    left, top = (size[0] - width) / 2, size[1] * 0.36
    return left, top, left + width, top + height * 1.2


def _height(size: tuple[int, int], text: str) -> int:
    return max(10, min(size[1] // 9, round(size[0] * 1.4 / len(text))))
