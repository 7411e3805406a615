import json
from collections.abc import Mapping

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.errors import ProviderError, SignatureError
from infra.fal.signature import Jwks, parse_jwks, verify
from tests.infra.fal.answers import QUICK, REST, Answers, Fal

# A delivery of the real service, captured whole.
HEADERS = {
    "X-Fal-Webhook-Request-Id": "019f6af7-3088-7f03-b97d-84fec4a3ce12",
    "X-Fal-Webhook-User-Id": "github|179462",
    "X-Fal-Webhook-Timestamp": "1784206014",
    "X-Fal-Webhook-Signature": (
        "7fea10d1dceca3517f08d4ceca8d12a674c38ac759f356d18a23832c5005c94a"
        "ececff738eff54b613f3dd4eb92e4a1a6b27e14b3875972313ded9077e9d3804"
    ),
}
BODY = (
    b'{"error": null, "gateway_request_id": "019f6af7-3088-7f03-b97d-84fec4a3ce12", '
    b'"payload": {"has_nsfw_concepts": [false], "images": [{"content_type": "image/png", '
    b'"file_name": "OsiM012ybgyaMyimaZtHJ_UJCN47Sp.png", "file_size": null, "height": 1024, '
    b'"url": "https://v3b.fal.media/files/b/0aa27b79/OsiM012ybgyaMyimaZtHJ_UJCN47Sp.png", '
    b'"width": 1024}], "prompt": "a red apple on a white table, clean product photography, '
    b'soft light", "seed": 427063521, "timings": {"inference": 1.3716533930000878}}, '
    b'"request_id": "019f6af7-3088-7f03-b97d-84fec4a3ce12", "status": "OK"}'
)
SENT_AT = 1784206014.0
JWKS = {
    "keys": [
        {"kty": "OKP", "crv": "Ed25519", "x": "TZE-E0LB1iT29Ai1LbAh9bam1YQJkK7fEGWAmmkRm_I="},
        {"kty": "OKP", "crv": "Ed25519", "x": "Cghs6Ge6h5B3_vMIurJPYmN23Yk-VcTk-juiIEQ6zuY="},
    ]
}
KEYS = parse_jwks(JWKS)
JWKS_URL = f"{REST}/.well-known/jwks.json"
STRANGERS = {"keys": [JWKS["keys"][0]]}


class Clock:
    """Unix seconds that a test sets."""

    def __init__(self, now: float = SENT_AT) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_delivery_of_the_real_service_verifies() -> None:
    """The captured bytes and headers verify with the published keys."""
    verify(HEADERS, BODY, KEYS, SENT_AT)
    verify({name.lower(): value for name, value in HEADERS.items()}, BODY, KEYS, SENT_AT + 300)


def test_reserialized_body_does_not_verify() -> None:
    """The same JSON in other bytes is not what was signed."""
    reserialized = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
    with pytest.raises(SignatureError):
        verify(HEADERS, reserialized, KEYS, SENT_AT)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_old_delivery_does_not_verify(seconds: float) -> None:
    """A recorded delivery cannot be replayed later."""
    with pytest.raises(SignatureError, match="clock"):
        verify(HEADERS, BODY, KEYS, SENT_AT + seconds)


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, "", "x", "9" * 500, "é"])
def test_missing_or_malformed_header_does_not_verify(name: str, value: str | None) -> None:
    """Each of the four headers is required, and none of them can raise."""
    headers = {key: found for key, found in HEADERS.items() if key != name}
    with pytest.raises(SignatureError):
        verify(headers if value is None else headers | {name: value}, BODY, KEYS, SENT_AT)


def test_signature_of_another_key_does_not_verify() -> None:
    """A valid signature by another key is refused."""
    forged = HEADERS | {"X-Fal-Webhook-Signature": Ed25519PrivateKey.generate().sign(BODY).hex()}
    with pytest.raises(SignatureError):
        verify(forged, BODY, KEYS, SENT_AT)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": 5}, {"keys": [None, {}, {"x": 5}, {"x": "é"}, {"x": "YQ"}]}]
)
def test_jwks_without_keys_has_no_keys(document: object) -> None:
    """Entries that are not Ed25519 keys are ignored."""
    assert parse_jwks(document) == ()


def test_padding_of_a_key_does_not_matter() -> None:
    """fal pads its base64, the standard does not."""
    bare = {"keys": [{"x": str(entry["x"]).rstrip("=")} for entry in JWKS["keys"]]}
    assert parse_jwks(bare) == KEYS


def _jwks(answers: Mapping[str, Answers], clock: Clock) -> tuple[Jwks, Fal]:
    fal = Fal(answers)
    return Jwks(fal.http, REST, clock=clock, retry=QUICK), fal


async def test_oversized_jwks_is_refused() -> None:
    """A server in fal's place cannot fill the memory of webhook_app."""
    jwks, _ = _jwks({JWKS_URL: httpx.Response(200, content=bytes(1 << 20))}, Clock())
    with pytest.raises(ProviderError) as caught:
        await jwks.verify(HEADERS, BODY)
    assert caught.value.retryable


async def test_keys_are_fetched_once_a_day() -> None:
    """A webhook costs no request; a rotated key is known after a day at the latest."""
    clock = Clock()
    jwks, fal = _jwks({JWKS_URL: httpx.Response(200, json=JWKS)}, clock)
    for _ in range(3):
        await jwks.verify(HEADERS, BODY)
    assert len(fal.requests) == 1
    assert "authorization" not in fal.requests[0].headers
    clock.now += 24 * 3600
    with pytest.raises(SignatureError):
        await jwks.verify(HEADERS, BODY)
    later = HEADERS | {"X-Fal-Webhook-Timestamp": str(int(clock.now))}
    with pytest.raises(SignatureError):
        await jwks.verify(later, BODY)
    assert len(fal.requests) == 2


async def test_unknown_key_refetches_keys_once_a_minute() -> None:
    """A rotated key works within a minute; forged deliveries cannot cause a request each."""
    clock = Clock()
    answers: list[httpx.Response | BaseException] = [
        httpx.Response(200, json=STRANGERS),
        httpx.Response(200, json=JWKS),
    ]
    jwks, fal = _jwks({JWKS_URL: answers}, clock)
    for _ in range(3):
        with pytest.raises(SignatureError):
            await jwks.verify(HEADERS, BODY)
    assert len(fal.requests) == 1
    clock.now += 61
    await jwks.verify(HEADERS, BODY)
    assert len(fal.requests) == 2


async def test_obviously_false_delivery_costs_no_request() -> None:
    """Headers are checked before keys are fetched."""
    jwks, fal = _jwks({}, Clock())
    with pytest.raises(SignatureError):
        await jwks.verify({}, BODY)
    assert not fal.requests


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), httpx.Response(200, json={"keys": []}), httpx.ConnectError("")],
    ids=repr,
)
async def test_nothing_is_decided_without_keys(
    answer: httpx.Response | httpx.TransportError,
) -> None:
    """An unreachable fal is not a forgery: the delivery may be repeated, and keys are not requested again at once."""
    clock = Clock()
    jwks, fal = _jwks({JWKS_URL: answer}, clock)
    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            await jwks.verify(HEADERS, BODY)
        assert caught.value.retryable
    assert len(fal.requests) == QUICK.attempts
