"""Corner label of an image: that a fake made it, and for which prompt."""

import functools
import textwrap

from PIL import Image, ImageDraw, ImageFilter, ImageFont

type Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Pillow's own font has no Cyrillic; most machines have one of these.
_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc")
_DIGRAPHS = ("kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya")
_LATIN: dict[str, str] = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (*"abvgde", "yo", "zh", *"ziyklmnoprstuf", *_DIGRAPHS),
        strict=True,
    )
)


def wipe(image: Image.Image) -> None:
    """Blur the label of an image that came from here, so that another can replace it."""
    top = max(0, image.height - _height(image) * 3)
    strip = image.crop((0, top, image.width, image.height))
    image.paste(strip.filter(ImageFilter.GaussianBlur(_height(image))), (0, top))


def write(image: Image.Image, prompt: str) -> None:
    """Draw the label into the lower left corner, on a soft shade."""
    height = _height(image)
    font, speaks_russian = find_font(height)
    text = f"sandbox · {textwrap.shorten(prompt, 64, placeholder='…')}"
    if not speaks_russian:
        text = in_latin(text)
    _shade(image, height * 3)
    ImageDraw.Draw(image).text((height, image.height - height * 1.9), text, (255, 255, 255), font)


def _height(image: Image.Image) -> int:
    return max(9, round(image.height / 46))


def _shade(image: Image.Image, height: int) -> None:
    height = min(height, image.height)
    fall = Image.linear_gradient("L").point([level // 2 for level in range(256)])
    image.paste((0, 0, 0), (0, image.height - height), fall.resize((image.width, height)))


@functools.cache
def find_font(size: int) -> tuple[Font, bool]:
    """Return a font, and whether it has Cyrillic."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def in_latin(text: str) -> str:
    def letter(character: str) -> str:
        plain = _LATIN.get(character.lower(), character)
        return plain.capitalize() if character.isupper() else plain

    return "".join(map(letter, text))
