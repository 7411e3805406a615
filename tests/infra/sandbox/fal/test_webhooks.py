import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.errors import SignatureError
from infra.fal.signature import parse_jwks, verify
from tests.infra.loopback import serve, unused_url
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account, Submitted

# A delivery pause of one second takes sixty milliseconds at this pace.
PACE = 0.001


@dataclass(frozen=True)
class Delivery:
    body: bytes
    headers: dict[str, str]
    query: str
    at: float

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """A webhook receiver: keeps requests, answers with the given statuses, then with 200."""

    statuses: list[int] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    url: str = ""

    async def take(self, request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        self.deliveries.append(Delivery(body, headers, request.url.query, time.monotonic()))
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status_code=status, headers={"location": "/elsewhere"})

    async def wait_for(self, count: int) -> list[Delivery]:
        async with asyncio.timeout(10):
            while len(self.deliveries) < count:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.005)
        return self.deliveries


@asynccontextmanager
async def _receive(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(statuses))
    app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])
    async with serve(app) as address:
        receiver.url = f"{address}/hook?token=a%2Fb%26c"
        yield receiver


@pytest.fixture(scope="module")
def pace() -> float:
    return PACE


@pytest.fixture
async def keys(me: Account) -> tuple[Ed25519PublicKey, ...]:
    return parse_jwks((await me.http.get("/.well-known/jwks.json")).json())


async def _draw(me: Account, receiver: Receiver, prompt: str, **fields: Any) -> Submitted:
    body = {"prompt": prompt, "image_size": SMALL, **fields}
    return await me.submit(SCHNELL, body, fal_webhook=receiver.url)


async def _attempted(me: Account) -> list[dict[str, Any]]:
    """Return my requests, once a delivery was attempted for each."""
    async with asyncio.timeout(10):
        while True:
            requests = await me.requests()
            if all(request["deliveries"] for request in requests):
                return requests
            await asyncio.sleep(0.01)


async def test_result_is_signed(me: Account, keys: tuple[Ed25519PublicKey, ...]) -> None:
    """It verifies by fal's procedure; the same JSON in other bytes does not."""
    async with _receive() as receiver:
        request = await _draw(me, receiver, "a cat")
        (delivery,) = await receiver.wait_for(1)
    verify(delivery.headers, delivery.body, keys, time.time())
    reserialized = json.dumps(delivery.document, separators=(",", ":")).encode()
    with pytest.raises(SignatureError):
        verify(delivery.headers, reserialized, keys, time.time())
    assert delivery.query == "token=a%2Fb%26c"
    assert delivery.headers["content-type"] == "application/json"
    assert len(delivery.headers["x-fal-webhook-signature"]) == 128
    assert delivery.document == {
        "request_id": request.request_id,
        "gateway_request_id": request.answer["gateway_request_id"],
        "status": "OK",
        "error": None,
        "payload": await request.output(),
    }


async def test_key_is_published_as_fal_publishes_it(me: Account) -> None:
    """No key is needed to read it, and it has padding, which strict decoders reject."""
    answer = await me.http.get("/.well-known/jwks.json", headers={"authorization": ""})
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], len(key["x"]), key["x"][-1]) == ("OKP", "Ed25519", 44, "=")


async def test_failure_is_delivered_with_its_reasons(me: Account) -> None:
    """The model's response is the payload, and the error has its status."""
    async with _receive() as receiver:
        request = await _draw(me, receiver, "a cat #nsfw")
        (delivery,) = await receiver.wait_for(1)
    document = delivery.document
    assert (document["status"], document["error"]) == ("ERROR", "Invalid status code: 422")
    assert document["payload"] == (await request.result()).json()


async def test_delivery_is_retried_until_accepted(
    me: Account, keys: tuple[Ed25519PublicKey, ...]
) -> None:
    """After any 4xx or 5xx, with growing pauses and a new signature each time."""
    async with _receive(500, 404, 429) as receiver:
        await _draw(me, receiver, "a cat")
        deliveries = await receiver.wait_for(4)
        await asyncio.sleep(0.1)
    assert len(deliveries) == 4
    assert len({delivery.body for delivery in deliveries}) == 1
    for delivery in deliveries:
        verify(delivery.headers, delivery.body, keys, time.time())
    pauses = [second.at - first.at for first, second in pairwise(deliveries)]
    assert all(pause >= 60 * PACE * 1.5**number for number, pause in enumerate(pauses, 1))


async def test_unreachable_receiver_is_retried(me: Account) -> None:
    """A refused connection is retried like an error."""
    async with _receive() as receiver:
        here, receiver.url = receiver.url, f"{unused_url()}/hook"
        await (await _draw(me, receiver, "a cat")).reaches("COMPLETED")
        receiver.url = here
        await (await _draw(me, receiver, "a dog")).reaches("COMPLETED")
        first, second = await _attempted(me)
    assert (first["delivered"], first["deliveries"] >= 1) == (False, True)
    assert (second["delivered"], second["deliveries"]) == (True, 1)


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_redirect_ends_the_delivery(me: Account, status: int) -> None:
    """It is neither followed nor retried."""
    async with _receive(status) as receiver:
        await _draw(me, receiver, "a cat")
        await receiver.wait_for(1)
        (listed,) = await _attempted(me)
        await asyncio.sleep(0.2)
    assert len(receiver.deliveries) == 1
    assert (listed["delivered"], listed["undeliverable"]) == (False, True)


async def test_payload_can_be_left_out(me: Account) -> None:
    """A null with a payload_error: the client has to fetch the result."""
    async with _receive() as receiver:
        request = await _draw(me, receiver, "a cat #nullpayload")
        (delivery,) = await receiver.wait_for(1)
    assert (delivery.document["status"], delivery.document["payload"]) == ("OK", None)
    assert "not JSON serializable" in delivery.document["payload_error"]
    assert (await request.output())["images"]


async def test_delivery_can_come_twice(me: Account) -> None:
    """The second delivery has the same bytes, although the first was accepted."""
    async with _receive() as receiver:
        await _draw(me, receiver, "a cat #twice")
        first, second = await receiver.wait_for(2)
    assert first.body == second.body


async def test_delivery_can_come_late_or_never(me: Account) -> None:
    """The result is available by polling long before."""
    async with _receive() as receiver:
        late = await _draw(me, receiver, "a cat #latehook")
        done = time.monotonic()
        never = await _draw(me, receiver, "a cat #nohook")
        for request in (late, never):
            await request.output()
        (delivery,) = await receiver.wait_for(1)
        await asyncio.sleep(0.1)
    assert [found.document["request_id"] for found in receiver.deliveries] == [late.request_id]
    assert delivery.at - done >= 60 * PACE


async def test_cancelled_request_is_not_delivered(me: Account) -> None:
    """A cancelled queued request is not delivered."""
    async with _receive() as receiver:
        request = await _draw(me, receiver, "a cat #stuck")
        assert (await request.cancel()).status_code == 200
        await asyncio.sleep(0.1)
    assert not receiver.deliveries
