"""Any input gets a response, never a 500 of the fake."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.sandbox.fal.catalog import Catalog, Makes
from tests.infra.sandbox.fal.account import Account, Submitted, account

# A video takes long and its fields are read in the same way.
MODELS = [model for model in Catalog() if model.makes is not Makes.VIDEO]
ENDPOINTS = [model.endpoint for model in MODELS]
FIELDS = sorted({name for model in MODELS for name in model.input["properties"]})
TEXT = st.text(max_size=12)
NUMBERS = st.integers() | st.floats()
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SMALL_SIZES = st.fixed_dictionaries({side: st.integers(-1, 40) for side in ("width", "height")})
# A full-size image takes long and proves nothing more.
PICTURES = st.fixed_dictionaries(
    {"prompt": st.text(max_size=200), "image_size": SMALL_SIZES},
    optional={"seed": st.integers(), "num_images": st.integers(1, 2), "guidance_scale": NUMBERS},
)
ANYTHING = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)


@pytest.fixture(scope="module")
async def anybody(fal: str) -> AsyncIterator[Account]:
    async with account(fal, "anybody") as somebody:
        yield somebody


async def _ends_well(anybody: Account, endpoint: str, body: bytes) -> None:
    answer = await anybody.http.post(f"/{endpoint}", content=body)
    assert answer.status_code < 500
    if answer.status_code == 200:
        request = Submitted(anybody.http, answer.json())
        assert (await request.end()).status_code < 500
        assert (await request.status(logs="1"))["status"] == "COMPLETED"


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(endpoint=st.sampled_from(ENDPOINTS), body=JSON | ANYTHING)
async def test_any_json_is_handled(anybody: Account, endpoint: str, body: Any) -> None:
    """Any JSON is refused as invalid input, or rendered."""
    await _ends_well(anybody, endpoint, json.dumps(body).encode())


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(body=PICTURES)
async def test_any_prompt_and_any_seed_can_be_rendered(anybody: Account, body: Any) -> None:
    """All scripts, no letters, numbers of any size."""
    await _ends_well(anybody, "fal-ai/flux/dev", json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "a", "seed": %s}' % (b"9" * 5000),
        b'{"prompt": "a", "guidance_scale": NaN}',
        b'{"prompt": "a", "guidance_scale": 1e999}',
    ],
    ids=lambda body: body[:30],
)
async def test_malformed_json_is_refused(anybody: Account, body: bytes) -> None:
    """Truncated, deeply nested, in another encoding, with huge numbers: a 422."""
    request = await anybody.http.post("/fal-ai/flux/dev", content=body)
    assert request.status_code == 200
    assert (await Submitted(anybody.http, request.json()).end()).status_code == 422


@settings(max_examples=25, deadline=None)
@given(
    path=st.sampled_from(
        ["faults", "storage/upload/initiate", "storage/upload/initiate-multipart", "nobody/knows"]
    ),
    body=JSON,
)
async def test_every_other_call_refuses_malformed_input(
    anybody: Account, path: str, body: Any
) -> None:
    """Each responds with a 4xx."""
    answer = await anybody.http.post(f"/{path}", content=json.dumps(body))
    assert answer.status_code < 500
    await anybody.http.delete("/faults")
