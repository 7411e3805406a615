"""One real order of a model, to see that it works and what fal bills."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from infra.errors import DarkroomError
from infra.fal.client import FalClient
from infra.fal.model import Model, Value
from infra.fal.prices import Inputs, estimate
from infra.fal.tasks import TaskState

#: The side of the square image for models that start from one, in pixels.
SAMPLE_SIDE = 768
_PROMPT = "a red apple on a white table"
_EVERY_SECONDS = 2.0
_LONGEST_SECONDS = 900.0
_CHEAP: Mapping[str, Callable[[tuple[Value, ...]], Value]] = {
    "count": min,
    "duration": min,
    "scale": min,
    "audio": min,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """`units` is None if fal named none; `expected` is the estimate, in dollars."""

    request_id: str
    arguments: Mapping[str, object]
    seconds: float
    urls: tuple[str, ...]
    expected: float | None
    units: float | None

    def describe(self, unit_price: float | None) -> Iterator[str]:
        """Yield lines about the order and its bill; `unit_price` is dollars, None if it is not known."""
        yield f"request {self.request_id}: {len(self.urls)} files in {self.seconds:.1f} s"
        yield from (f"  {url}" for url in self.urls)
        yield f"sent: {json.dumps(self.arguments)}"
        yield f"expected: {'unknown' if self.expected is None else f'${self.expected:.4f}'}"
        if self.units is None:
            yield "fal named no billable units: see https://fal.ai/dashboard/billing."
        elif unit_price is None:
            yield f"billed: {self.units:g} units, of a price that is not known"
        else:
            dollars = self.units * unit_price
            yield f"billed: {self.units:g} units × ${unit_price:g} = ${dollars:.4f}"


async def order(
    client: FalClient, model: Model, sample: bytes, tell: Callable[[str], object]
) -> Receipt:
    """Submit once, wait for the result and read its bill. Raises ProviderError and DarkroomError."""
    if model.video_field:
        raise DarkroomError(f"{model.endpoint} starts from a video, which this test does not have.")
    options = {
        name: choose(model.choices(name)) for name, choose in _CHEAP.items() if model.choices(name)
    }
    prompt = _PROMPT if model.takes_prompt else ""
    arguments = model.arguments(prompt, **options)
    if model.image_field:
        image = await client.upload(sample, "image/png")
        mask = image if model.needs_mask else None
        arguments |= model.image_arguments(*[image] * model.min_pictures, mask_url=mask)
    began = time.monotonic()
    task = await client.submit(model.endpoint, arguments)
    tell(f"Submitted as {task.request_id}; this may take minutes.")
    while True:
        status = await client.check_status(task)
        if status.state is TaskState.COMPLETED:
            break
        if status.error:
            raise status.error
        if time.monotonic() - began > _LONGEST_SECONDS:
            raise DarkroomError(
                f"{task.request_id} is not ready after {_LONGEST_SECONDS:g} s, and may still be"
                " billed: see https://fal.ai/dashboard/requests."
            )
        await asyncio.sleep(_EVERY_SECONDS)
    seconds = time.monotonic() - began
    return Receipt(
        request_id=task.request_id,
        arguments=arguments,
        seconds=seconds,
        urls=tuple(file.url for file in status.results),
        expected=estimate(model, options, Inputs(SAMPLE_SIDE**2 / 1_000_000)),
        units=status.bill.units if status.bill else None,
    )
