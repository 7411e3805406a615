"""Choice of the size and of the rendering for an order."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from infra.sandbox.fal.orders import PictureOrder, Work
from infra.sandbox.fal.rendering import edit, picture
from infra.sandbox.fal.rendering.brush import Size
from infra.sandbox.fal.sizes import MEGAPIXEL, sides


@dataclass(frozen=True)
class Sources:
    """Downloaded images of an order; the mask has the size of the first one."""

    images: Sequence[Image.Image] = ()
    mask: Image.Image | None = None


def frame_size(order: PictureOrder, sources: Sources) -> Size | None:
    """Return the requested size; None for that of the first source."""
    frame = order.frame
    if frame.exact is not None:
        return frame.exact
    if frame.ratio is None and frame.area is None and sources.images:
        return None
    source = sources.images[0].size if sources.images else (1, 1)
    ratio = frame.ratio or max(1 / 8, min(8.0, source[0] / source[1]))
    return sides(ratio, frame.area or MEGAPIXEL)


def render(order: PictureOrder, seed: int, size: Size | None, sources: Sources) -> Image.Image:
    if order.work is Work.PAINT:
        return picture.paint(order.prompt, seed, size or (1024, 1024))
    source, mask = sources.images[0], sources.mask
    if mask is not None:
        if order.work is Work.ERASE:
            return edit.erase(source, mask)
        return edit.inpaint(source, mask, order.prompt, seed)
    if order.work is Work.EDIT:
        return edit.retouch(sources.images, order.prompt, seed, size)
    return _reshaped(order, seed, source)


def _reshaped(order: PictureOrder, seed: int, source: Image.Image) -> Image.Image:
    match order.work:
        case Work.ENLARGE:
            shorter = order.shorter_side
            return edit.enlarge(source, shorter / min(source.size) if shorter else order.factor)
        case Work.EXPAND:
            return _expand(order, seed, source)
        case _:
            return edit.outline(source.size) if order.mask_only else edit.cut_out(source)


def _expand(order: PictureOrder, seed: int, source: Image.Image) -> Image.Image:
    margins = order.margins
    size = margins.canvas or (
        source.width + margins.left + margins.right,
        source.height + margins.top + margins.bottom,
    )
    share = 1 - margins.zoom_out
    inner = margins.placed or (
        max(1, round(source.width * share)),
        max(1, round(source.height * share)),
    )
    middle = (source.width - inner[0]) / 2, (source.height - inner[1]) / 2
    place = (margins.left, margins.top)
    if margins.zoom_out:
        place = (margins.left + round(middle[0]), margins.top + round(middle[1]))
    return edit.expand(source.resize(inner), place, size, order.prompt, seed)
