"""Runs one request: checks its input, renders, and stores the files on the CDN."""

import asyncio
from collections.abc import Sequence
from typing import Any

from PIL import Image

from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.errors import detail, input_failure, model_failure
from infra.sandbox.fal.inputs import Inputs
from infra.sandbox.fal.models import MODELS, Rendered
from infra.sandbox.fal.orders import ClipOrder, PictureOrder
from infra.sandbox.fal.outcomes import Outcome
from infra.sandbox.fal.records import Record
from infra.sandbox.fal.rendering import clip, edit, picture
from infra.sandbox.fal.schema import parse

_DAMAGED = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
_FILE_FAULTS = {"#cdn", "#nocdn", "#403", "#page", "#cut", "#moved"}
_REFUSED = {
    "#nsfw": detail(
        "content_policy_violation",
        "The content could not be processed because it was flagged by a content checker.",
        loc=("body", "prompt"),
    ),
    "#empty": detail("no_media_generated", "No media was generated.", loc=("body", "prompt")),
}


class Runner:
    def __init__(self, cdn: Cdn, inputs: Inputs) -> None:
        self._cdn = cdn
        self._inputs = inputs

    async def run(self, record: Record) -> Outcome:
        """Return the outcome of a successful request; raise `Failure` for any other."""
        model = MODELS[record.endpoint]
        order = parse(model.schema, record.input).order()
        _raise_ordered_failure(record)
        seed = record.seed if order.seed is None else order.seed
        if isinstance(order, PictureOrder):
            files = await self._pictures(record, order, seed)
        else:
            files = [await self._clip(record, order, seed)]
        blacked = "#black" in record.fault_words
        made = Rendered(files, seed, order.prompt, model.timing.work, blacked)
        return Outcome.made(model.wording(made), order.units)

    async def _pictures(
        self, record: Record, order: PictureOrder, seed: int
    ) -> Sequence[dict[str, Any]]:
        sources = [
            await self._inputs.picture(record, url, order.field_name) for url in order.sources
        ]
        mask = await self._mask(record, order, sources)
        return [
            await self._picture(record, order, seed + index, sources, mask)
            for index in range(order.count)
        ]

    async def _mask(
        self, record: Record, order: PictureOrder, sources: Sequence[Image.Image]
    ) -> Image.Image | None:
        if order.mask is None:
            return None
        mask = await self._inputs.picture(record, order.mask, "mask_url")
        if mask.size != sources[0].size:
            raise input_failure(
                "image_size_mismatch", "The mask must have the size of the image.", "mask_url"
            )
        return mask

    async def _picture(
        self,
        record: Record,
        order: PictureOrder,
        seed: int,
        sources: Sequence[Image.Image],
        mask: Image.Image | None,
    ) -> dict[str, Any]:
        image = await asyncio.to_thread(_render, order, seed, sources, mask)
        if "#black" in record.fault_words:
            image = Image.new("RGB", image.size)
        content = await asyncio.to_thread(picture.encode, image, order.file_format)
        file = self._publish(record, content, f"image/{order.file_format}")
        return file | {"width": image.width, "height": image.height}

    async def _clip(self, record: Record, order: ClipOrder, seed: int) -> dict[str, Any]:
        source = None
        if order.source is not None:
            source = await self._inputs.picture(
                record, order.source, order.field_name, order.limits
            )
        content = await asyncio.to_thread(
            clip.film,
            order.prompt,
            seed,
            order.aspect,
            order.seconds,
            source,
            has_sound=order.sound,
        )
        return self._publish(record, content, "video/mp4")

    def _publish(self, record: Record, content: bytes, content_type: str) -> dict[str, Any]:
        name = self._cdn.keep(
            _DAMAGED if "#badimage" in record.fault_words else content,
            content_type,
            lifetime=record.media_lifetime,
            fault_words=next(iter(record.fault_words & _FILE_FAULTS), None),
        )
        return dict(self._cdn.described(name, record.origin))


def _raise_ordered_failure(record: Record) -> None:
    if "#fail" in record.fault_words:
        entry = detail("downstream_service_error", "Downstream service error")
        raise model_failure(entry, status=500, retryable=True)
    for word in ("#nsfw", "#empty"):
        if word in record.fault_words:
            raise model_failure(_REFUSED[word])


def _render(
    order: PictureOrder, seed: int, sources: Sequence[Image.Image], mask: Image.Image | None
) -> Image.Image:
    if not sources:
        return picture.paint(order.prompt, seed, order.size or (1024, 1024))
    if order.enlarge is not None:
        return edit.enlarge(sources[0], order.enlarge)
    if mask is not None:
        return edit.inpaint(sources[0], mask, order.prompt, seed)
    return edit.retouch(sources, order.prompt, seed, order.size)
