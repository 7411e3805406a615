import httpx
import pytest

from infra.fal.models.platform import Platform, PlatformError
from infra.fal.models.stored import Stored
from infra.retry import RetryPolicy
from tests.infra.fal.models_at_fal import PlatformApi, listed

SCHNELL, DEV, BANANA = map(
    Stored.read, ("fal-ai/flux/schnell", "fal-ai/flux/dev", "fal-ai/nano-banana-2")
)
QUICK = RetryPolicy(first=0.001, longest=0.001, attempts=3)


async def test_schema_is_read_from_fals_document() -> None:
    """The input's component and what it refers to, with the limits that fal states."""
    api = PlatformApi(models={one.endpoint: listed(one) for one in (SCHNELL, BANANA)})
    found = await api.client().models([SCHNELL.endpoint, BANANA.endpoint])
    for stored in (SCHNELL, BANANA):
        schema = found[stored.endpoint].input
        assert schema
        assert schema["properties"].keys() == stored.input["properties"].keys()
        assert schema["required"] == stored.input["required"]
    assert found[SCHNELL.endpoint].status == "active"


async def test_one_unknown_model_does_not_hide_the_prices_of_others() -> None:
    """One unknown id fails fal's whole answer, so the call is divided."""
    prices = {
        one.endpoint: {"unit_price": 0.01, "unit": "images"} for one in (SCHNELL, DEV, BANANA)
    }
    api = PlatformApi(prices=prices)
    found = await api.client().prices([*prices, "fal-ai/nothing"])
    assert found.keys() == prices.keys()
    first = api.requests[0]
    assert first.url.params.get_list("endpoint_id") == [*prices, "fal-ai/nothing"]
    assert first.headers["authorization"] == "Key key-id:key-secret"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (429, {"error": {"type": "rate_limited"}}, "429"),
        (503, None, "HTTP 503"),
        (403, {"error": {"type": "authorization_error"}}, "check fal_api_key"),
        (400, {"error": {"message": "Bad parameter"}}, "Bad parameter"),
    ],
)
async def test_refusal_is_a_sentence_with_the_next_step(
    status: int, body: object, said: str
) -> None:
    """The operator reads what fal said, and what to do."""
    api = PlatformApi(fails=lambda _: httpx.Response(status, json=body))
    with pytest.raises(PlatformError, match=said):
        await api.client().prices([SCHNELL.endpoint])


async def test_busy_price_service_is_asked_again() -> None:
    """A 429 passes; fal's Retry-After is followed."""
    refusals = iter([httpx.Response(429), httpx.Response(429, headers={"Retry-After": "0"})])
    api = PlatformApi(
        prices={SCHNELL.endpoint: {"unit_price": 0.003, "unit": "megapixels"}},
        fails=lambda _: next(refusals, None),
    )
    found = await api.client(QUICK).prices([SCHNELL.endpoint])
    assert found[SCHNELL.endpoint].unit_price == 0.003
    assert len(api.requests) == 3


async def test_unreachable_service_says_what_to_check() -> None:
    """A network error is no traceback."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    http = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    platform = Platform(http, base_url="https://api.fal.example", api_key=None, retry=QUICK)
    with pytest.raises(PlatformError, match=r"ConnectError.*fal_platform_base_url"):
        await platform.models([SCHNELL.endpoint])


@pytest.mark.parametrize(
    "openapi",
    [None, {}, {"error": {"code": "expansion_failed"}}, {"paths": {}}, {"paths": {"/x": 1}}, []],
)
async def test_schema_that_cannot_be_read_is_said(openapi: object) -> None:
    """fal may fail to expand a document: the model is listed, and its schema is not there."""
    model = listed(SCHNELL) | {"openapi": openapi}
    api = PlatformApi(models={SCHNELL.endpoint: model})
    found = (await api.client().models([SCHNELL.endpoint]))[SCHNELL.endpoint]
    assert found.input is None
    assert found.problem


@pytest.mark.parametrize("price", [{"unit_price": 0, "unit": "x"}, {"unit_price": "1"}, {}])
async def test_price_of_nothing_is_no_price(price: dict[str, object]) -> None:
    """A price that is not a number above zero is not known."""
    api = PlatformApi(prices={SCHNELL.endpoint: price})
    assert await api.client().prices([SCHNELL.endpoint]) == {}


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", 7), ("9" * 400, 3600), ("Fri, 31 Dec 2100 23:59:59 GMT", 3600), ("soon", None)],
)
async def test_wait_that_fal_asks_for_is_bounded(header: str, wait: float | None) -> None:
    """In either form of the header: a question is not put off for ever."""
    api = PlatformApi(fails=lambda _: httpx.Response(429, headers={"Retry-After": header}))
    with pytest.raises(PlatformError) as refused:
        await api.client().prices([SCHNELL.endpoint])
    assert refused.value.wait == wait
