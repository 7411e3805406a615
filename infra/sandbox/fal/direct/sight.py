"""What the fake's vision model sees: images that the fake has drawn, recognised after scaling and compression."""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from infra.sandbox.fal.rendering.inscription import inscription_of, place_of
from infra.sandbox.fal.rendering.work import Sources

_SIDE = 16
# Bits of 256 that differ after a JPEG and another size; of two images about 100 do.
_MOST_DIFFERENT = 30
_MOST_KEPT = 2000
# Mean level of a mask, of 255, that hides a text.
_COVERED = 64


@dataclass(frozen=True)
class Drawn:
    """An image that was drawn: its prompt, and the text that is written on it."""

    prompt: str
    text: str


class Sight:
    """The drawn images by what they look like, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._drawn: dict[int, Drawn] = {}
        if path.is_file():
            for line in path.read_text().splitlines()[-_MOST_KEPT:]:
                look, drawn = json.loads(line)
                self._drawn[look] = Drawn(**drawn)

    def remember(self, image: Image.Image, prompt: str, sources: Sources) -> None:
        """Keep what an image shows: its own text, or that of its source where no mask covers it."""
        drawn = Drawn(prompt, inscription_of(prompt) or self._left_of(sources))
        look = _look(image)
        self._drawn[look] = drawn
        with self._path.open("a") as file:
            file.write(json.dumps([look, asdict(drawn)]) + "\n")

    def _left_of(self, sources: Sources) -> str:
        drawn = self.recognise(sources.images[0]) if sources.images else None
        if drawn is None or not drawn.text:
            return ""
        mask = sources.mask
        if mask is None:
            return drawn.text
        left, top, right, bottom = map(round, place_of(mask.size, drawn.text))
        levels = mask.convert("L").crop((left, top, right, bottom)).tobytes()
        return "" if sum(levels) > _COVERED * len(levels) else drawn.text

    def recognise(self, image: Image.Image) -> Drawn | None:
        look = _look(image)
        different = {(look ^ other).bit_count(): drawn for other, drawn in self._drawn.items()}
        least = min(different, default=_MOST_DIFFERENT + 1)
        return different[least] if least <= _MOST_DIFFERENT else None


def colour_of(image: Image.Image) -> str:
    """Return the name of the colour that an unknown image has most of."""
    pixel = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)  # noqa: S101 - for the type checker: the image is RGB
    red, green, blue = (int(level) for level in pixel)
    if max(red, green, blue) - min(red, green, blue) < 24:
        return "white" if red > 190 else "black" if red < 60 else "grey"
    return {red: "red", green: "green", blue: "blue"}[max(red, green, blue)]


def read_image(content: bytes) -> Image.Image:
    """Raises ValueError if it is no image."""
    try:
        return Image.open(io.BytesIO(content)).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("not an image") from error


def _look(image: Image.Image) -> int:
    """Return for each of 256 fields whether it is brighter than its neighbour."""
    small = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    levels = small.tobytes()
    look = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            at = row * (_SIDE + 1) + column
            look = look << 1 | (levels[at] > levels[at + 1])
    return look
