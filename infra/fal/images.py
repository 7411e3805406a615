"""Pictures: from words, or from a picture and words."""

from pathlib import Path
from typing import Unpack

from infra.errors import FailureKind, ProviderError
from infra.fal.generation import (
    Generation,
    SubmitOptions,
    build_arguments,
    choose_model,
    inspect_input,
)
from infra.fal.models import Work
from infra.fal.tasks import TaskId


class ImageOptions(SubmitOptions, total=False):
    """`size`: square, portrait, landscape or wide; `count` from 1. The model's table has the limits."""

    size: str | None
    count: int | None
    scale: int | None


class Images(Generation):
    """Each submit raises ValueError for what the model cannot do, before anything is sent."""

    async def submit_image(self, prompt: str, **opts: Unpack[ImageOptions]) -> TaskId:
        """Raises as `FalClient.submit` does."""
        row = choose_model(opts["model"], Work.IMAGE)
        return await self._submit(row, build_arguments(row, prompt, opts), opts)

    async def submit_image_edit(
        self,
        image_path: Path,
        prompt: str,
        mask_path: Path | None = None,
        **opts: Unpack[ImageOptions],
    ) -> TaskId:
        """With a mask: repaints where it is white; without: edits or enlarges the whole picture.

        The pictures are handed to fal first; raises as `FalClient.submit` does.
        """
        row = choose_model(opts["model"], Work.IMAGE_EDIT, Work.INPAINTING, Work.UPSCALE)
        row.check_mask(given=mask_path is not None)
        arguments = build_arguments(row, prompt, opts)
        if mask_path:
            await _check_mask_size(image_path, mask_path)
        image_url = await self._upload_picture(image_path)
        mask_url = await self._upload_picture(mask_path) if mask_path else None
        return await self._submit(row, arguments | row.image_arguments(image_url, mask_url), opts)


async def _check_mask_size(image_path: Path, mask_path: Path) -> None:
    image, mask = await inspect_input(image_path), await inspect_input(mask_path)
    if (image.width, image.height) != (mask.width, mask.height):
        raise ProviderError(
            FailureKind.BAD_INPUT,
            f"The mask is {mask.width} × {mask.height} pixels, the picture"
            f" {image.width} × {image.height}: they must be the same size.",
        )
