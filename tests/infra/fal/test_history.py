import json
from typing import Any

import httpx
import pytest

from infra.fal.history import History
from infra.fal.input_digest import digest_of
from infra.fal.models.platform import PlatformError
from tests.infra.fal.models_at_fal import PlatformApi

SCHNELL = "fal-ai/flux/schnell"
INPUT = {"prompt": "a cat", "seed": 7, "image_size": {"width": 8, "height": 9}}


def _item(number: int, given: Any = INPUT, sent_at: Any = "2026-11-29T12:00:00.5Z") -> Any:
    return {"request_id": f"r-{number}", "sent_at": sent_at, "json_input": given}


def _history(*pages: Any) -> tuple[History, PlatformApi]:
    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("cursor", 0))
        following = str(number + 1) if number + 1 < len(pages) else None
        return httpx.Response(200, json={"items": pages[number], "next_cursor": following})

    api = PlatformApi(fails=answer)
    return History(api.client()), api


async def test_every_page_is_read_with_the_plain_key() -> None:
    """The inputs are asked for; the time is that of the submit."""
    history, api = _history([_item(1)], [_item(2)])
    found = await history.sent_since(SCHNELL, 1_700_000_000)
    assert [request.request_id for request in found] == ["r-1", "r-2"]
    assert found[0].sent_at == 1_795_953_600.5
    assert dict(api.requests[0].url.params) == {
        "endpoint_id": SCHNELL,
        "expand": "payloads",
        "start": "2023-11-14T22:13:20Z",
        "limit": "100",
    }
    assert api.requests[0].headers["authorization"] == "Key key-id:key-secret"
    assert len(api.requests) == 2


async def test_unusable_items_are_skipped() -> None:
    """An input that fal does not store, a time that cannot be read, an earlier request, or what is no request."""
    items = [_item(1, None), _item(2, sent_at="soon"), "x", _item(3, sent_at="2020-01-01T00:00:00")]
    history, _ = _history([*items, _item(4)])
    found = await history.sent_since(SCHNELL, 1_700_000_000)
    assert [request.request_id for request in found] == ["r-4"]


async def test_number_of_pages_is_limited() -> None:
    """A busy account must not hold up the worker."""
    history, api = _history(*([_item(number)] for number in range(99)))
    await history.sent_since(SCHNELL, 0)
    assert len(api.requests) == 10


async def test_refusal_is_an_error() -> None:
    """It is not an empty list."""
    api = PlatformApi(fails=lambda _: httpx.Response(403))
    with pytest.raises(PlatformError, match="fal_api_key"):
        await History(api.client()).sent_since(SCHNELL, 0)


def test_digest_is_that_of_equal_inputs() -> None:
    """fal may list fields in another order, and a whole number as a decimal."""
    theirs = json.loads('{"image_size": {"height": 9.0, "width": 8}, "seed": 7, "prompt": "a cat"}')
    assert digest_of(theirs) == digest_of(INPUT)
    for other in ({"seed": 8}, {"seed": True}, {"seed": "7"}, {"prompt": "a cat "}, {"more": None}):
        assert digest_of({**INPUT, **other}) != digest_of(INPUT)
