"""Conversion of a user's mark to an inpainting mask of the image's size, white where to repaint.

The input is a PNG with a transparent area, a black-and-white image, or the image itself with an area painted over in
Telegram's editor, which reduces and recompresses it.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.images.decode import decode, decode_image
from infra.images.inspect import ImageInfo
from infra.images.normalize import MAX_MEGAPIXELS, blamed
from infra.images.reader import flatten, read_header, read_image, reduced

# Limits of the marked share of the image.
_LEAST, _MOST = 0.0005, 0.95
#: How much the proportions may differ: Telegram rounds sides to whole pixels, and users crop.
_STRETCH = 1.1
#: Minimum share of pure black and white in a black-and-white mask; the rest is the soft edge.
_PURE = 0.97
_DARK, _BRIGHT, _COLOURLESS = 48, 207, 24
# Colour differences, 0 to 255: compression stays below the first, paint above the second.
_NOISE, _PAINT = 16, 40
# In a painted image: minimum untouched share, and maximum unclear share relative to the untouched one.
_UNTOUCHED, _UNCLEAR = 0.15, 0.15
_LINES_KEPT = 0.3
_LOOKED_AT, _FILLED_AT = 768, 256


async def fit_mask(
    picture: Path, given: Path, target: Path, *, is_itself: bool = False
) -> ImageInfo:
    """Write the mask as a PNG to `target`, which may be `given`. Raises BadPicture.

    `is_itself`: `given` is the image itself. If it has a transparent hole, transparent corners or shadows are ignored.
    """
    with blamed():
        return await decode_image(
            (picture, given), write_mask, picture, given, target, is_itself=is_itself
        )


async def draw_mask(
    size: tuple[int, int], parts: Sequence[tuple[float, float, float, float]], target: Path
) -> ImageInfo:
    """Write a mask of this size to `target`, white in rectangles, each left, top, right, bottom as shares of a side."""

    def draw() -> None:
        mask = Image.new("L", size)
        pen = ImageDraw.Draw(mask)
        for left, top, right, bottom in parts:
            corner = left * size[0], top * size[1]
            pen.rectangle((*corner, right * size[0], bottom * size[1]), fill=255)
        mask.save(target, "PNG")

    await decode(size[0] * size[1], draw)
    return ImageInfo("png", *size)


async def marks(given: Path, picture: Path) -> bool:
    """Return whether `given`, which may be `picture` itself, has a transparent area that marks what to repaint."""
    try:
        return await decode_image({given, picture}, find_marks, given, picture)
    except BrokenResult:
        return False


def find_marks(given: Path, picture: Path) -> bool:
    try:
        marked = read_bounded(given)
        holes = transparent_area(marked)
        if holes is None:
            return False
        # A hole at the border is a corner, a shadow or a background.
        small = holes.resize(reduced(holes.size, _FILLED_AT), Image.Resampling.BOX)
        inside = bright_share(enclosed_area(small))
        if inside < _LEAST or inside < bright_share(small) / 2:
            return False
        find_mask(marked if given == picture else read_bounded(picture), marked)
    except BadPicture:
        return False
    return True


def write_mask(picture: Path, given: Path, target: Path, *, is_itself: bool) -> ImageInfo:
    mask = find_mask(read_bounded(picture), read_bounded(given), is_itself=is_itself)
    mask.save(target, "PNG")
    return ImageInfo("png", mask.width, mask.height)


def read_bounded(path: Path) -> Image.Image:
    with path.open("rb") as file:
        header = read_header(file)
    size = header.within_pixels(MAX_MEGAPIXELS * 1_000_000)
    image, _ = read_image(path, header, size, keep_alpha=True)
    return image


def find_mask(
    original: Image.Image, marked: Image.Image, *, is_itself: bool = False
) -> Image.Image:
    """Return a mask of black (0) and white (255) in the original's size. Raises BadPicture."""
    ratio = (original.width * marked.height) / (original.height * marked.width)
    if not 1 / _STRETCH <= ratio <= _STRETCH:
        sides = f"{marked.width} × {marked.height}, the image {original.width} × {original.height}"
        raise BadPicture(
            FailureKind.MASK_UNRELATED, f"The mask does not fit the image: it is {sides}."
        )
    found = transparent_area(marked)
    if found is None:
        found = drawn_area(original, marked)
    elif is_itself and (inside := enclosed_area(found)).getbbox():
        found = inside
    mask = found.resize(original.size, Image.Resampling.BICUBIC).point(to_pure)
    share = bright_share(mask)
    if share < _LEAST:
        raise BadPicture(FailureKind.MASK_EMPTY, "Nothing is marked on the mask.")
    if share > _MOST:
        raise BadPicture(FailureKind.MASK_WHOLE, "The mask covers nearly the whole image.")
    return mask


def transparent_area(marked: Image.Image) -> Image.Image | None:
    """Return an image that is white where the input is transparent; None if nothing is transparent."""
    if not marked.has_transparency_data:
        return None
    holes = ImageOps.invert(marked.convert("RGBA").getchannel("A"))
    return holes if holes.point(to_pure).getbbox() else None


def enclosed_area(holes: Image.Image) -> Image.Image:
    """Return only the holes that the image surrounds."""
    # Flood-fill from outside the border; partly transparent pixels count as holes.
    reached = ImageOps.expand(holes.point(lambda level: 255 * (level > 0)), border=1, fill=255)
    ImageDraw.floodfill(reached, (0, 0), 128)
    inside = ImageOps.crop(reached.point(lambda level: 255 * (level == 255)), border=1)
    return ImageChops.darker(holes, inside)


def drawn_area(original: Image.Image, marked: Image.Image) -> Image.Image:
    """Return the areas that are white in a black-and-white mask, or painted over in the image itself."""
    size = reduced(original.size, _LOOKED_AT)
    # Blurred, because compression and scaling leave thin artefacts at edges.
    ours, theirs = (
        flatten(image).resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.5))
        for image in (original, marked)
    )
    if is_black_and_white(theirs) and not keeps_lines(ours, theirs):
        return flatten(marked).convert("L").point(to_pure)
    difference = strongest_channel(ImageChops.difference(ours, theirs))
    histogram = difference.histogram()
    untouched = sum(histogram[:_NOISE]) / sum(histogram)
    unclear = sum(histogram[_NOISE:_PAINT]) / sum(histogram)
    if untouched < _UNTOUCHED or unclear > _UNCLEAR * untouched:
        raise BadPicture(
            FailureKind.MASK_UNRELATED,
            "The mask does not fit the image: it is neither the same image nor black and white.",
        )
    # The strokes without specks, slightly enlarged, and filled inside closed outlines.
    strokes = difference.point(lambda level: 255 * (level >= _PAINT))
    grain = strokes.filter(ImageFilter.MinFilter(3))
    grown = grain.filter(ImageFilter.MaxFilter(max(5, max(grain.size) // 60 | 1)))
    return ImageChops.lighter(grown, fill_outlines(grown).resize(grown.size))


def fill_outlines(strokes: Image.Image) -> Image.Image:
    """Return the area inside closed outlines, including the strokes."""
    small = strokes.resize(reduced(strokes.size, _FILLED_AT), Image.Resampling.BOX)
    # Strokes block a flood-fill that starts outside the image.
    walls = ImageOps.expand(small.point(lambda level: 255 * (level > 0)), border=1, fill=0)
    ImageDraw.floodfill(walls, (0, 0), 128)
    inside = walls.point(lambda level: 255 * (level == 0))
    return ImageOps.crop(inside, border=1)


def keeps_lines(ours: Image.Image, theirs: Image.Image) -> bool:
    """Return whether the edges of both agree: black-and-white images share many areas by chance, but not edges."""
    edges = (
        # The filter does not change the outermost pixels.
        ImageOps.crop(image.convert("L").filter(ImageFilter.FIND_EDGES), border=2)
        for image in (ours, theirs)
    )
    line, like = (edge.point(lambda level: 255 * (level > _PAINT)) for edge in edges)
    kept = ImageChops.darker(line, like.filter(ImageFilter.MaxFilter(3)))
    return bright_share(kept) > _LINES_KEPT * bright_share(line)


def is_black_and_white(image: Image.Image) -> bool:
    red, green, blue = image.split()
    weakest = ImageChops.darker(ImageChops.darker(red, green), blue)
    colour = ImageChops.subtract(strongest_channel(image), weakest)
    coloured = colour.point(lambda level: 255 * (level > _COLOURLESS))
    grey = image.convert("L").point(lambda level: 255 * (_DARK < level < _BRIGHT))
    return bright_share(ImageChops.lighter(coloured, grey)) <= 1 - _PURE


def strongest_channel(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def bright_share(image: Image.Image) -> float:
    """Return the share of bright pixels."""
    histogram = image.histogram()
    return sum(histogram[128:]) / sum(histogram)


def to_pure(level: int) -> int:
    return 255 * (level >= 128)
