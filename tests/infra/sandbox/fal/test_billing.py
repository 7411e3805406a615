"""What fal bills: the units of a result, their price, and where both can be read."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.fal.billing import Measured, count
from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.order_reader import Fields
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account, Submitted, account
from tests.infra.sandbox.fal.server import serve

CATALOG = Catalog()
FOUR_SECONDS = Measured(pixels=1280 * 720, seconds=4)
IMAGE = Measured(images=((1024, 1024),))
SEEDANCE = "bytedance/seedance-2.0/text-to-video"
OLD_SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
KLING = "fal-ai/kling-video/v3/{}/text-to-video"
BANANA = "fal-ai/nano-banana-2"


async def _bill(me: Account, request: Submitted) -> dict[str, Any]:
    (event,) = (await me.admin("/v1/models/billing-events", request_id=request.request_id))[
        "billing_events"
    ]
    found: dict[str, Any] = event
    return found


@pytest.mark.parametrize(
    ("endpoint", "given", "made", "dollars"),
    [
        (SCHNELL, {}, IMAGE, 0.003),
        (SCHNELL, {}, Measured(images=((1025, 1024), (96, 64))), 0.009),
        (BANANA, {}, IMAGE, 0.08),
        (BANANA, {"resolution": "0.5K"}, IMAGE, 0.06),
        (BANANA, {"resolution": "2K"}, IMAGE, 0.12),
        (BANANA, {"resolution": "4K", "thinking_level": "high"}, IMAGE, 0.162),
        ("fal-ai/nano-banana-pro/edit", {"resolution": "4K"}, IMAGE, 0.3),
        ("openai/gpt-image-2", {}, IMAGE, 0.211),
        ("openai/gpt-image-2", {"quality": "low"}, IMAGE, 0.006),
        ("openai/gpt-image-2", {"quality": "medium"}, Measured(((1024, 768),)), 0.037),
        ("openai/gpt-image-2/edit", {"quality": "medium"}, IMAGE, 0.061),
        ("bytedance/seedream/v5/pro/text-to-image", {}, IMAGE, 0.135),
        ("bytedance/seedream/v5/pro/text-to-image", {"image_size": "square_hd"}, IMAGE, 0.0675),
        ("fal-ai/clarity-upscaler", {}, Measured(images=((8000, 8000),)), 1.86),
        (SEEDANCE, {"resolution": "720p"}, FOUR_SECONDS, 1.2096),
        (SEEDANCE, {"generate_audio": False}, FOUR_SECONDS, 1.2096),
        (OLD_SEEDANCE, {"generate_audio": True}, FOUR_SECONDS, 0.20736),
        (OLD_SEEDANCE, {"generate_audio": False}, FOUR_SECONDS, 0.10368),
        (KLING.format("standard"), {"generate_audio": False}, FOUR_SECONDS, 0.336),
        (KLING.format("standard"), {"generate_audio": True}, FOUR_SECONDS, 0.504),
        (KLING.format("pro"), {"generate_audio": False}, FOUR_SECONDS, 0.448),
        (KLING.format("pro"), {}, FOUR_SECONDS, 0.672),
        ("fal-ai/veo3.1", {}, FOUR_SECONDS, 1.6),
        ("fal-ai/veo3.1", {"generate_audio": False}, FOUR_SECONDS, 0.8),
        ("fal-ai/veo3.1", {"resolution": "4k"}, FOUR_SECONDS, 2.4),
        ("fal-ai/veo3.1/fast", {"generate_audio": False}, FOUR_SECONDS, 0.4),
        ("fal-ai/veo3.1/fast", {"resolution": "4k"}, FOUR_SECONDS, 1.4),
        ("fal-ai/ltx-2.3/text-to-video", {"resolution": "2160p"}, FOUR_SECONDS, 0.96),
        ("xai/grok-imagine-video/text-to-video", {"resolution": "480p"}, FOUR_SECONDS, 0.2),
        ("xai/grok-imagine-video/text-to-video", {}, FOUR_SECONDS, 0.28),
    ],
)
def test_options_are_billed_at_the_public_price(
    endpoint: str, given: Mapping[str, Any], made: Measured, dollars: float
) -> None:
    """Units are megapixels, images, seconds or tokens; a tier is a number of units, often not a whole one."""
    model = CATALOG.find(endpoint)
    units = count(model, Fields(model.input, {"prompt": "a cat", **given}), made)
    assert units * model.unit_price == pytest.approx(dollars, rel=1e-5)


@pytest.mark.parametrize(
    ("endpoint", "given", "made", "units"),
    [
        ("ideogram/v4", {"rendering_speed": "TURBO", "expansion_model": "None"}, IMAGE, 0.5),
        ("ideogram/v4", {}, IMAGE, 1.5),
        ("fal-ai/flux-2-pro", {}, Measured(((2048, 1024),)), 1.5),
        ("fal-ai/flux-2-pro/edit", {}, Measured(((2048, 1024),), ((4000, 3000),)), 7.5),
        ("fal-ai/flux-pro/v1/erase", {}, Measured(((1024, 1024),), ((64, 64),)), 1.4),
    ],
)
def test_megapixels_of_the_input_and_further_ones_count_differently(
    endpoint: str, given: Mapping[str, Any], made: Measured, units: float
) -> None:
    """The first megapixel of a result is one unit; options multiply it and add to it."""
    model = replace(CATALOG.find(endpoint), unit="megapixels")
    fields = Fields(model.input, {"prompt": "a cat", **given})
    assert count(model, fields, made) == pytest.approx(units, rel=1e-5)


@pytest.mark.parametrize(
    ("unit", "units"),
    [
        ("seconds", 4),
        ("10 seconds", 0.4),
        ("minutes", 4 / 60),
        ("1m tokens", 0.0864),
        ("1000 tokens", 86.4),
        ("videos", 1),
        ("generations", 1),
        ("1000 characters", 0.005),
        ("megapixels", 84.375),
    ],
)
def test_unit_is_free_text(unit: str, units: float) -> None:
    """A number before the word divides; what is not known counts results."""
    model = replace(CATALOG.find("fal-ai/veo3.1/lite"), unit=unit)
    fields = Fields(model.input, {"prompt": "a cat", "resolution": "720p"})
    assert count(model, fields, FOUR_SECONDS) == pytest.approx(units, rel=1e-5)


async def test_units_come_with_the_result_only(me: Account) -> None:
    """Neither the submit nor the status has them."""
    request = await me.draw("a cat", num_images=2)
    await request.reaches("COMPLETED")
    status = await me.http.get(request.path("status_url"))
    assert "x-fal-billable-units" not in status.headers
    result = await request.result()
    assert result.headers["x-fal-billable-units"] == "2"
    assert "x-fal-bill-as" not in result.headers


async def test_units_times_the_price_are_the_bill(me: Account) -> None:
    """The event, the usage, the balance and the request's own record agree."""
    body = {"prompt": "a cat", "resolution": "0.5K", "thinking_level": "high"}
    request = await me.submit(BANANA, body)
    units = (await request.end()).headers["x-fal-billable-units"]
    assert units == "0.775"
    bill = await _bill(me, request)
    assert (bill["output_units"], bill["unit_price"]) == (0.775, 0.08)
    assert bill["cost_total"] == pytest.approx(0.062)
    assert bill["cost_estimate_nano_usd"] == 62_000_000
    (line,) = (await me.admin("/v1/models/usage", expand="summary"))["summary"]
    assert (line["endpoint_id"], line["quantity"]) == (BANANA, 0.775)
    assert line["cost_total"] == pytest.approx(0.062)
    billing = await me.admin("/v1/account/billing", expand="credits")
    assert billing["credits"]["current_balance"] == pytest.approx(99.938)
    assert (await me.http.get("/billing/user_balance")).json() == pytest.approx(99.938)
    assert (await me.requests())[0]["bill"]["dollars"] == pytest.approx(0.062)


async def test_discount_is_subtracted_everywhere(me: Account) -> None:
    """The event, the usage and the balance name what is paid, beside what the units cost."""
    (await me.http.patch(f"/models/{SCHNELL}", json={"discount": 25})).raise_for_status()
    try:
        request = await me.draw("a cat", num_images=4)
        await request.output()
    finally:
        await me.http.delete("/models")
    (line,) = (await me.admin("/v1/models/usage", expand="summary"))["summary"]
    for paid in (await _bill(me, request), line):
        assert (paid["percent_discount"], paid["cost_subtotal"]) == (25, 0.012)
        assert (paid["cost_discount"], paid["cost_total"]) == (0.003, 0.009)
    billing = await me.admin("/v1/account/billing", expand="credits")
    assert billing["credits"]["current_balance"] == pytest.approx(99.991)


async def test_bills_survive_a_restart(tmp_path: Path) -> None:
    """Also beside a request that an older version stored with other fields."""
    async with serve(Options(tmp_path, 0)) as address, account(address, "me") as me:
        request = await me.draw("a cat")
        await request.output()
        bill = await _bill(me, request)
    database = sqlite3.connect(tmp_path / "requests.sqlite3")
    with closing(database), database:
        database.execute(
            "INSERT INTO requests SELECT 'older', json_remove(json_set(document,"
            " '$.request_id', 'older', '$.former', 1), '$.fault_words', '$.bill'), input, result"
            " FROM requests"
        )
    async with serve(Options(tmp_path, 0)) as address, account(address, "me") as me:
        assert await _bill(me, request) == bill
        assert len(await me.requests()) == 2


@pytest.mark.parametrize("word", ["#fail", "#nsfw", "#empty"])
async def test_failed_request_costs_nothing(me: Account, word: str) -> None:
    """A 422 says so with zero units; a 5xx has no header. Neither is an event."""
    request = await me.draw(f"a cat {word}")
    answer = await request.end()
    units = None if answer.status_code == 500 else "0"
    assert answer.headers.get("x-fal-billable-units") == units
    assert not (await me.admin("/v1/models/billing-events"))["billing_events"]


async def test_price_of_the_moment_counts(me: Account) -> None:
    """A dearer model bills more from then on; an earlier bill stays."""
    first = await me.draw("a cat")
    await first.output()
    change = {"unit_price": 0.006, "unit": "images"}
    assert (await me.http.patch(f"/models/{SCHNELL}", json=change)).status_code == 200
    second = await me.draw("a cat")
    await second.output()
    assert [(await _bill(me, request))["cost_total"] for request in (first, second)] == [
        pytest.approx(0.003),
        pytest.approx(0.006),
    ]


async def test_request_can_be_billed_under_another_endpoint(me: Account) -> None:
    """A header names it, and the event has it."""
    await me.http.patch(f"/models/{SCHNELL}", json={"bill_as": "fal-ai/flux/dev"})
    request = await me.draw("a cat")
    assert (await request.end()).headers["x-fal-bill-as"] == "fal-ai/flux/dev"
    bill = await _bill(me, request)
    assert (bill["endpoint_id"], bill["unit_price"]) == ("fal-ai/flux/dev", 0.025)


async def test_unavailable_model_is_served_by_another_unless_forbidden(me: Account) -> None:
    """A fallback serves and is billed; with the header that forbids it, the request fails and costs nothing."""
    await me.http.patch(f"/models/{SCHNELL}", json={"served_by": "fal-ai/flux/dev"})
    request = await me.draw("a cat")
    answer = await request.end()
    assert answer.headers["x-fal-served-from"] == "fal-ai/flux/dev"
    assert (await _bill(me, request))["endpoint_id"] == "fal-ai/flux/dev"
    headers = {"x-app-fal-disable-fallback": "true"}
    body = {"prompt": "a cat", "image_size": SMALL}
    refused = Submitted(
        me.http, (await me.http.post(f"/{SCHNELL}", json=body, headers=headers)).json()
    )
    answer = await refused.end()
    assert (answer.status_code, answer.json()["error_type"]) == (503, "runner_scheduling_failure")


async def test_prompt_can_ask_for_more_images_than_the_request(me: Account) -> None:
    """Each is billed, unless the request limits the generations."""
    body = {"prompt": "two cats #more", "num_images": 1, "limit_generations": False}
    answer = await (await me.submit("fal-ai/nano-banana", body)).end()
    assert len(answer.json()["images"]) == 2
    assert answer.headers["x-fal-billable-units"] == "2"
    limited = await me.submit("fal-ai/nano-banana", body | {"limit_generations": True})
    assert len((await limited.output())["images"]) == 1
