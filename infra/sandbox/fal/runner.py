"""Runs one request: checks its input, renders, and stores the files on the CDN."""

import asyncio
from dataclasses import replace
from typing import Any

from PIL import Image

from infra.sandbox.fal import billing, limits
from infra.sandbox.fal.catalog import Catalog, Model
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.direct.sight import Sight
from infra.sandbox.fal.errors import detail, infrastructure_failure, input_failure, model_failure
from infra.sandbox.fal.inputs import Inputs
from infra.sandbox.fal.order_reader import Fields, read_order
from infra.sandbox.fal.orders import ClipOrder, PictureOrder
from infra.sandbox.fal.outcomes import Outcome
from infra.sandbox.fal.outputs import Rendered, describe
from infra.sandbox.fal.records import Bill, Record
from infra.sandbox.fal.rendering import clip, edit, picture
from infra.sandbox.fal.rendering.work import Sources, frame_size, render
from infra.sandbox.fal.sizes import clip_area, clip_sides

_DAMAGED = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
_FILE_FAULTS = {"#cdn", "#nocdn", "#403", "#page", "#cut", "#moved"}
_WIDE = 16 / 9
_MOST_SECONDS = 120
_REFUSED = {
    "#nsfw": detail(
        "content_policy_violation",
        "The content could not be processed because it was flagged by a content checker.",
        loc=("body", "prompt"),
    ),
    "#empty": detail("no_media_generated", "No media was generated.", loc=("body", "prompt")),
}


class Runner:
    def __init__(self, catalog: Catalog, cdn: Cdn, inputs: Inputs, sight: Sight) -> None:
        self._sight = sight
        self._catalog = catalog
        self._cdn = cdn
        self._inputs = inputs

    async def run(self, record: Record) -> Outcome:
        """Return the outcome of a successful request; raise `Failure` for any other."""
        asked = self._catalog.accepted(record.endpoint)
        fields = Fields(asked.input, asked.validator.parse(record.input))
        order = read_order(asked, fields)
        _raise_ordered_failure(record)
        model, headers = self._serving(record, asked)
        seed = record.seed if order.seed is None else order.seed
        if isinstance(order, PictureOrder):
            rendered, measured = await self._pictures(record, order, seed)
        else:
            rendered, measured = await self._clip(record, order, seed)
        made = replace(rendered, seconds=asked.timing.work)
        billed = self._catalog.get(model.bill_as or "") or model
        units = billing.count(billed, fields, measured)
        if billed is not asked:
            headers["x-fal-bill-as"] = billed.endpoint
        bill = Bill(billed.endpoint, billed.unit, units, billed.unit_price, billed.discount)
        return Outcome.made(describe(asked, made), bill, headers)

    def _serving(self, record: Record, asked: Model) -> tuple[Model, dict[str, str]]:
        """Return the model that serves the request, and the headers that tell which it was."""
        if asked.served_by is None:
            return asked, {}
        other = self._catalog.get(asked.served_by)
        if other is None or record.fallback_disabled:
            raise infrastructure_failure(
                503, "runner_scheduling_failure", "No runner is available for this model"
            )
        return other, {"X-Fal-Served-From": other.endpoint}

    async def _pictures(
        self, record: Record, order: PictureOrder, seed: int
    ) -> tuple[Rendered, billing.Measured]:
        sources = await self._sources(record, order)
        size = frame_size(order, sources)
        files, sizes = [], []
        # The prompt asks for more images than the request.
        more = order.follows_prompt and "#more" in record.fault_words
        for index in range(order.count + more):
            image = await asyncio.to_thread(render, order, seed + index, size, sources)
            if "#black" in record.fault_words:
                image = Image.new("RGB", image.size)
            self._sight.remember(image, order.prompt, sources)
            files.append(await self._image(record, image, order.file_format))
            sizes.append(image.size)
        mask = None
        if order.with_mask and sources.images:
            mask = await self._image(record, edit.outline(sources.images[0].size), "png")
        blacked = "#black" in record.fault_words
        rendered = Rendered(files, seed, order.prompt, 0, blacked, mask)
        given = tuple(image.size for image in sources.images)
        return rendered, billing.Measured(tuple(sizes), given)

    async def _sources(self, record: Record, order: PictureOrder) -> Sources:
        source_limits = limits.of_source(record.endpoint)
        if len(order.sources) > source_limits.max_images:
            name = order.sources[0].field_name
            raise input_failure("value_error", "There are too many images.", name)
        images = [
            await self._inputs.picture(record, source, source_limits) for source in order.sources
        ]
        if order.mask is None or not images:
            return Sources(images)
        mask = await self._inputs.picture(record, order.mask)
        if mask.size != images[0].size:
            name = order.mask.field_name
            raise input_failure(
                "image_size_mismatch", "The mask must have the size of the image.", name
            )
        return Sources(images, mask)

    async def _image(self, record: Record, image: Image.Image, file_format: str) -> dict[str, Any]:
        content = await asyncio.to_thread(picture.encode, image, file_format)
        file = self._publish(record, content, f"image/{file_format}")
        return file | {"width": image.width, "height": image.height}

    async def _clip(
        self, record: Record, order: ClipOrder, seed: int
    ) -> tuple[Rendered, billing.Measured]:
        source_limits = limits.of_source(record.endpoint)
        first, last = [
            await self._inputs.picture(record, url, source_limits) if url else None
            for url in (order.first, order.last)
        ]
        clip_limits = limits.of_clip(record.endpoint)
        footage = (
            await self._inputs.video(record, order.video, clip_limits) if order.video else None
        )
        shot = clip.Shot(order.prompt, seed, first, last, footage)
        size, area, seconds, has_sound = _film_of(order, shot)
        content = await asyncio.to_thread(clip.film, shot, size, seconds, has_sound=has_sound)
        file = self._publish(record, content, "video/mp4")
        rate = clip.frames_per_second(size)
        file |= {"width": size[0], "height": size[1], "duration": seconds, "fps": rate}
        file["num_frames"] = seconds * rate
        measured = billing.Measured(pixels=area, seconds=order.seconds if footage else seconds)
        if footage and order.enlarges:
            measured = billing.Measured((), (), area, footage.seconds, footage.rate)
        return Rendered([file], seed, order.prompt, 0), measured

    def _publish(self, record: Record, content: bytes, content_type: str) -> dict[str, Any]:
        name = self._cdn.keep(
            _DAMAGED if "#badimage" in record.fault_words else content,
            content_type,
            lifetime=record.media_lifetime,
            fault_word=next(iter(record.fault_words & _FILE_FAULTS), None),
        )
        return dict(self._cdn.described(name, record.origin))


def _film_of(order: ClipOrder, shot: clip.Shot) -> tuple[tuple[int, int], int, int, bool]:
    """Return the video's size, the pixels that are billed, its seconds, and whether it has sound."""
    if shot.footage is None:
        ratio = order.ratio or (_ratio(shot.first.size) if shot.first else _WIDE)
        return clip_sides(ratio, order.area), order.area, order.seconds, order.sound
    width, height = shot.footage.size
    area = width * height
    seconds = max(1, round(shot.footage.seconds))
    if not order.enlarges:
        seconds += order.seconds
        return clip_sides(width / height, area), area, min(seconds, _MOST_SECONDS), order.sound
    wanted = clip_area(order.shorter_side) if order.shorter_side else round(area * order.factor**2)
    sides = clip_sides(width / height, wanted)
    return sides, sides[0] * sides[1], min(seconds, _MOST_SECONDS), shot.footage.has_sound


def _ratio(size: tuple[int, int]) -> float:
    return max(1 / 3, min(3.0, size[0] / size[1]))


def _raise_ordered_failure(record: Record) -> None:
    if "#fail" in record.fault_words:
        entry = detail("downstream_service_error", "Downstream service error")
        raise model_failure(entry, status=500, retryable=True)
    for word in ("#nsfw", "#empty"):
        if word in record.fault_words:
            raise model_failure(_REFUSED[word])
