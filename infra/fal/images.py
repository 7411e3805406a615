"""Submission of images: text to image, edits, inpainting and upscaling."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from infra.errors import BadPicture, FailureKind
from infra.fal.model import Work
from infra.fal.submit_base import (
    Generation,
    Given,
    Hosted,
    SubmitOptions,
    build_arguments,
    choose_model,
    inspect_input,
)
from infra.fal.tasks import TaskId
from infra.images.outpaint import Margins


class ImageOptions(SubmitOptions, total=False):
    """`size`: square, portrait, landscape or wide; `strength` is percent, `count` from 1.

    The catalogue has each model's limits. `resolution` is such as 2K, `detail` low, medium or high. `margins` are the
    pixels that outpainting adds on each side.
    """

    size: str | None
    count: int | None
    strength: int | None
    scale: int | None
    resolution: str | None
    detail: str | None
    margins: Margins | None


_FROM_IMAGE = (
    Work.IMAGE_EDIT,
    Work.INPAINTING,
    Work.UPSCALE,
    Work.BACKGROUND_REMOVAL,
    Work.OUTPAINT,
    Work.ERASE,
)


class Images(Generation):
    """Each submit raises ValueError for an option that the model does not support, before anything is sent."""

    async def submit_image(self, prompt: str, **opts: Unpack[ImageOptions]) -> TaskId:
        """Raises as `FalClient.submit` does."""
        row = choose_model(opts["model"], Work.IMAGE)
        return await self._submit(row, build_arguments(row, prompt, opts), opts)

    async def submit_image_edit(
        self,
        image_path: Given | Sequence[Given],
        prompt: str,
        mask_path: Given | None = None,
        **opts: Unpack[ImageOptions],
    ) -> TaskId:
        """Repaint the mask's white area, or without a mask edit or enlarge the whole image.

        Several images need a model that takes a list. Local files are uploaded to fal first. Raises as
        `FalClient.submit` does.
        """
        row = choose_model(opts["model"], *_FROM_IMAGE)
        pictures = [image_path] if isinstance(image_path, Path | Hosted) else image_path
        row.check_pictures(len(pictures), with_mask=mask_path is not None)
        arguments = build_arguments(row, prompt, opts)
        if isinstance(image_path, Path) and isinstance(mask_path, Path):
            image, mask = await inspect_input(image_path), await inspect_input(mask_path)
            if (image.width, image.height) != (mask.width, mask.height):
                raise BadPicture(
                    FailureKind.MASK_UNRELATED,
                    f"The mask is {mask.width} × {mask.height} pixels, the image"
                    f" {image.width} × {image.height}: they must be the same size.",
                )
        image_urls = await asyncio.gather(*map(self._upload, pictures))
        mask_url = await self._upload(mask_path) if mask_path else None
        arguments |= row.image_arguments(*image_urls, mask_url=mask_url)
        if margins := opts.get("margins"):
            arguments |= row.margin_arguments(margins)
        return await self._submit(row, arguments, opts)
