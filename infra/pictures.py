"""A person's picture, made fit for a model: upright, in plain colours, of a size that it takes.

What a camera writes into a file (where and when it was taken) stays behind.
"""

import asyncio
import io
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.media import Picture, flatten, open_picture, picture_format, sniff_clip

MAX_MEGAPIXELS = 16.0
MIN_SIDE = 16
#: Bytes: a lossless picture that would be larger is kept as a JPEG.
MAX_LOSSLESS = 12 * 1024 * 1024


async def make_fit(source: Path, target: Path, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Writes the picture (JPEG or PNG) to `target`; raises BadPicture."""
    return await asyncio.to_thread(_make_fit, source, target, max_megapixels)


def read_picture(path: Path) -> Image.Image:
    """Upright and decoded, transparency kept; raises BadPicture, saying what is wrong with it."""
    try:
        if sniff_clip(path):
            raise BadPicture(FailureKind.PICTURE_FORMAT, "This is a video, and an image is needed.")
        with open_picture(path) as image:
            upright = ImageOps.exif_transpose(image)
            upright.format = picture_format(image)
            return upright
    except BrokenResult as error:
        raise BadPicture(error.flaw, error.detail) from error


def _make_fit(source: Path, target: Path, max_megapixels: float) -> Picture:
    image = read_picture(source)
    lossy = image.format == "jpeg"
    image = _shrink(_in_plain_colours(image), max_megapixels)
    if min(image.size) < MIN_SIDE:
        raise BadPicture(
            FailureKind.PICTURE_TOO_SMALL,
            f"{image.width} × {image.height} pixels are too few: at least {MIN_SIDE} a side are needed.",
        )
    content = b"" if lossy else _encode(image, "PNG", compress_level=4)
    if lossy or len(content) > MAX_LOSSLESS:
        lossy, content = True, _encode(image, "JPEG", quality=95, subsampling=0)
    target.write_bytes(content)
    return Picture("jpeg" if lossy else "png", image.width, image.height)


def _in_plain_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Pillow would cut off all that is brighter than an eighth bit can say.
        return image.convert("I").point(lambda level: level / 256).convert("RGB")
    return flatten(_in_srgb(image))


def _in_srgb(image: Image.Image) -> Image.Image:
    """A phone's wider colours; a profile that makes no sense is left aside."""
    profile = image.info.get("icc_profile")
    if not profile or image.has_transparency_data:
        return image
    try:
        ours = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, ours, srgb, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _shrink(image: Image.Image, max_megapixels: float) -> Image.Image:
    factor = (max_megapixels * 1_000_000 / (image.width * image.height)) ** 0.5
    if factor >= 1:
        return image
    size = max(1, int(image.width * factor)), max(1, int(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _encode(image: Image.Image, form: str, **settings: int) -> bytes:
    # A new image: what the old one knew beside its pixels would be written, too.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    encoded = io.BytesIO()
    bare.save(encoded, form, **settings)
    return encoded.getvalue()
