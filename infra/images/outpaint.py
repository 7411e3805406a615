"""Geometry of outpainting: how many pixels to add on each side of an image. No I/O."""

from dataclasses import dataclass

#: Width to height of the formats, by the bot's name of a size.
RATIOS = {
    "square": 1.0,
    "portrait": 3 / 4,
    "landscape": 4 / 3,
    "wide": 16 / 9,
    "9:16": 9 / 16,
    "4:5": 4 / 5,
    "5:4": 5 / 4,
    "2:3": 2 / 3,
    "3:2": 3 / 2,
    "21:9": 21 / 9,
}
#: What is added on the left, at the top, on the right and at the bottom, as shares of the side.
SIDES = {
    "around": (0.25, 0.25, 0.25, 0.25),
    "left": (0.5, 0, 0, 0),
    "up": (0, 0.5, 0, 0),
    "right": (0, 0, 0.5, 0),
    "down": (0, 0, 0, 0.5),
}
#: The extension that fits every image comes first: it is the default.
SIZES = ("around", *RATIOS, *list(SIDES)[1:])
DEFAULT_SIZE = SIZES[0]

# The largest image that the models make.
_MAX_PIXELS = 4_000_000
# A difference of a few pixels is not worth an order.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Margins:
    """Pixels to add on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    @property
    def widest(self) -> int:
        return max(self.left, self.top, self.right, self.bottom)

    def around(self, width: int, height: int) -> tuple[int, int]:
        """Return the size of the whole image."""
        return width + self.left + self.right, height + self.top + self.bottom


def margins(size: str, width: int, height: int) -> Margins | None:
    """Return the margins that a size needs; None if the image has this format already."""
    if size in SIDES:
        left, top, right, bottom = SIDES[size]
        return Margins(
            round(width * left), round(height * top), round(width * right), round(height * bottom)
        )
    ratio = RATIOS[size]
    wider, taller = round(height * ratio) - width, round(width / ratio) - height
    if max(wider / width, taller / height) < _LEAST_SHARE:
        return None
    if wider > 0:
        return Margins(left=wider // 2, right=wider - wider // 2)
    return Margins(top=taller // 2, bottom=taller - taller // 2)


def reduced(size: str, width: int, height: int, max_margin: int) -> tuple[int, int]:
    """Return the image's size, reduced so that neither a margin nor the whole image becomes too large."""
    added = margins(size, width, height)
    if added is None:
        return width, height
    whole = added.around(width, height)
    # One pixel is left for rounding.
    share = min(1.0, (max_margin - 1) / added.widest, (_MAX_PIXELS / (whole[0] * whole[1])) ** 0.5)
    return max(1, int(width * share)), max(1, int(height * share))
