import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.sandbox.fal.options import Options
from tests.infra import loopback
from tests.infra.sandbox.fal.account import SCHNELL, SMALL, Account, Submitted, account
from tests.infra.sandbox.fal.clock import Clock
from tests.infra.sandbox.fal.pictures import encoded
from tests.infra.sandbox.fal.server import serve

STREAM = {"logs": "1"}


@pytest.fixture(scope="module")
def pace() -> float:
    return 0.02


@pytest.fixture
def later(clock: Clock) -> Iterator[Clock]:
    """A clock that is reset after the test."""
    yield clock
    clock.ahead = 0


async def test_submit_response_has_fals_format(me: Account) -> None:
    """URLs have only the first two segments of the endpoint, at the caller's own origin."""
    request = await me.draw("a cat")
    base = f"{me.http.base_url}/fal-ai/flux/requests/{request.request_id}"
    assert request.answer.pop("queue_position") <= 3
    assert request.answer == {
        "status": "IN_QUEUE",
        "request_id": request.request_id,
        "logs": None,
        "metrics": {},
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
    }


async def test_request_with_a_webhook_has_a_gateway_id(me: Account) -> None:
    """The submit response and the webhook have the same id of the attempt."""
    hook = "http://127.0.0.1:9/hook?token=a%2Fb"
    request = await me.submit(SCHNELL, {"prompt": "a cat #nohook"}, fal_webhook=hook)
    assert request.answer["gateway_request_id"]
    assert [request["webhook_url"] for request in await me.requests()] == [hook]


async def test_logs_are_returned_on_request(me: Account) -> None:
    """Each log line has a level, a source and a time; a status has the URL of the result."""
    request = await me.draw("a cat")
    done = await request.reaches("COMPLETED")
    assert done["logs"] is None
    assert done["response_url"] == request.answer["response_url"]
    assert done["metrics"]["inference_time"] > 0
    lines = (await request.status(logs="1"))["logs"]
    assert len(lines) > 1
    assert {line["level"] for line in lines} == {"INFO"}
    assert [line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines)


async def test_queue_position_falls(tmp_path: Path) -> None:
    """One by one over time: an hour of it here."""
    clock = Clock()
    async with (
        serve(Options(tmp_path, 1000, now=clock)) as address,
        account(address, "me") as me,
    ):
        request = await me.draw("a cat")
        places = []
        for _ in range(5):
            places.append((await request.status())["queue_position"])
            clock.ahead += 400
        assert places == [3, 2, 1, 0, 0]


async def test_queue_is_first_in_first_out(me: Account) -> None:
    """Of six requests two run at once, no later one passes an earlier one, and all complete."""
    requests = [await me.draw(f"cat {number} #slow") for number in range(6)]
    places: list[list[int]] = [[] for _ in requests]
    most = 0
    while True:
        states = [await request.status() for request in requests]
        for seen, state in zip(places, states, strict=True):
            seen.extend([state["queue_position"]] if "queue_position" in state else [])
        running = [request["status"] for request in await me.requests()].count("IN_PROGRESS")
        most = max(most, running)
        if all(state["status"] == "COMPLETED" for state in states):
            break
    assert most == 2
    assert all(seen == sorted(seen, reverse=True) for seen in places)
    assert places[-1][0] >= 5
    assert [(await request.result()).status_code for request in requests] == [200] * 6


async def test_accounts_are_independent(fal: str, me: Account) -> None:
    """Each account has its own slots, and cannot see another's requests."""
    busy = [await me.draw("a cat #slow") for _ in range(4)]
    async with account(fal, "somebody") as somebody:
        await (await somebody.draw("a dog")).output()
        (quick,) = await somebody.requests()
        last = (await me.requests())[-1]
        assert last["started_at"] is None or last["started_at"] > quick["started_at"]
        spied = await somebody.http.get(busy[0].path("status_url"))
        assert (spied.status_code, spied.json()) == (404, {"status": "NOT_FOUND"})
    for request in busy:
        await request.cancel()


async def test_status_stream_has_every_change_and_ends(me: Account) -> None:
    """Each event is a status object; after COMPLETED the server closes the stream."""
    request = await me.draw("a cat #slow")
    path = f"{request.path('status_url')}/stream"
    async with me.http.stream("GET", path, params=STREAM) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line async for line in answer.aiter_lines()]
    events = [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
    states = [event["status"] for event in events]
    assert states == sorted(states, key=["IN_QUEUE", "IN_PROGRESS", "COMPLETED"].index)
    assert {"IN_QUEUE", "IN_PROGRESS"} < set(states)
    assert states[-1] == "COMPLETED"
    assert states.count("COMPLETED") == 1
    assert events[-1]["logs"]


async def test_idle_status_stream_has_keep_alive_comments(me: Account) -> None:
    """A proxy does not close the stream as idle."""
    request = await me.draw("a cat #stuck")
    async with (
        asyncio.timeout(10),
        me.http.stream("GET", f"{request.path('status_url')}/stream") as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                break
    await request.cancel()


async def test_early_result_call_is_refused(me: Account) -> None:
    """The 400 has the text by which clients recognise it."""
    request = await me.draw("a cat #stuck")
    answer = await request.result()
    assert answer.status_code == 400
    assert answer.json() == {"detail": "Request is still in progress"}
    await request.cancel()


async def test_queued_request_is_cancelled_at_once(me: Account) -> None:
    """It never runs, costs nothing and ends as an error under COMPLETED."""
    request = await me.draw("a cat #stuck")
    assert (await request.cancel()).status_code == 200
    done = await request.status()
    assert (done["status"], done["error_type"]) == ("COMPLETED", "client_cancelled")
    assert (await request.result()).status_code == 499
    (listed,) = await me.requests()
    assert (listed["cancelled"], listed["billed"], listed["started_at"]) == (True, 0, None)


@asynccontextmanager
async def _running(me: Account) -> AsyncIterator[tuple[Submitted, asyncio.Event]]:
    """Submit a request that works until the test releases it: its input image is withheld."""
    gate = asyncio.Event()

    async def withhold(request: Request) -> Response:
        await gate.wait()
        return Response(encoded(Image.new("RGB", (8, 8))))

    async with loopback.serve(Starlette(routes=[Route("/", withhold)])) as url:
        body = {"prompt": "a cat", "image_url": url}
        request = await me.submit("fal-ai/flux/dev/image-to-image", body)
        await request.reaches("IN_PROGRESS")
        yield request, gate
        gate.set()


async def test_running_request_is_asked_to_stop(me: Account, later: Clock) -> None:
    """An early cancel succeeds, and the slot is free for the next request."""
    async with _running(me) as (request, _):
        later.ahead = -60
        answer = await request.cancel()
        assert (answer.status_code, answer.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
        assert (await request.end()).status_code == 499
    later.ahead = 0
    for _ in range(3):
        await (await me.draw("a cat")).output()


async def test_nearly_finished_request_completes_despite_a_cancel(
    me: Account, later: Clock
) -> None:
    """A cancel is no guarantee: the result exists, and is billed."""
    async with _running(me) as (request, gate):
        later.ahead = 60
        assert (await request.cancel()).status_code == 202
        gate.set()
        assert (await request.end()).status_code == 200
    assert [listed["billed"] for listed in await me.requests()] == [1]
    (event,) = (await me.admin("/v1/models/billing-events"))["billing_events"]
    assert event["request_id"] == request.request_id
    assert event["cost_total"] > 0


async def test_finished_request_cannot_be_cancelled(me: Account) -> None:
    """The result stays available."""
    request = await me.draw("a cat")
    await request.reaches("COMPLETED")
    answer = await request.cancel()
    assert (answer.status_code, answer.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert (await request.result()).status_code == 200


@pytest.mark.parametrize("path", ["", "/status", "/status/stream", "/cancel"])
async def test_unknown_request_is_not_found(me: Account, path: str) -> None:
    """A known request under another application's URL is unknown too."""
    request = await me.draw("a cat")
    for address in ("fal-ai/flux/requests/unknown", f"fal-ai/veo3/requests/{request.request_id}"):
        method = "PUT" if path == "/cancel" else "GET"
        answer = await me.http.request(method, f"/{address}{path}")
        assert (answer.status_code, answer.json()) == (404, {"status": "NOT_FOUND"})


async def test_result_is_kept_for_an_hour(me: Account, later: Clock) -> None:
    """After an hour it is not found."""
    request = await me.draw("a cat")
    await request.reaches("COMPLETED")
    later.ahead = 3590
    assert (await request.result()).status_code == 200
    later.ahead = 3610
    assert (await request.result()).status_code == 404


async def test_large_result_is_kept_for_six_minutes(me: Account, later: Clock) -> None:
    """Results above ten kilobytes expire sooner; a long echoed prompt suffices."""
    request = await me.draw("a cat " * 2000)
    await request.reaches("COMPLETED")
    later.ahead = 350
    assert (await request.result()).status_code == 200
    later.ahead = 370
    assert (await request.result()).status_code == 404


async def test_media_expire_on_request(me: Account, later: Clock) -> None:
    """The file is deleted; the result still names it."""
    preference = {"x-fal-object-lifecycle-preference": '{"expiration_duration_seconds": 60}'}
    body = {"prompt": "a cat", "image_size": SMALL}
    answer = await me.http.post(f"/{SCHNELL}", json=body, headers=preference)
    output = await Submitted(me.http, answer.json()).output()
    url = output["images"][0]["url"]
    assert (await me.http.get(url)).status_code == 200
    later.ahead = 61
    assert (await me.http.get(url)).status_code == 404


@pytest.mark.parametrize(
    "authorization", ["Key", "Key nonsense", "Key a:", "Bearer a:b", "Basic YTpi", "a:b"]
)
async def test_bad_key_is_refused(me: Account, authorization: str) -> None:
    """Every endpoint refuses it with fal's text; above all a bearer token, a common mistake."""
    request = await me.draw("a cat")
    calls = [
        ("POST", f"/{SCHNELL}"),
        ("GET", request.path("status_url")),
        ("GET", request.path("response_url")),
        ("PUT", request.path("cancel_url")),
        ("POST", "/storage/upload/initiate"),
    ]
    for method, path in calls:
        headers = {"authorization": authorization}
        answer = await me.http.request(method, path, json={}, headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {"detail": "invalid key credentials"}
    assert len(await me.requests()) == 1


async def test_call_without_a_key_finds_nothing(me: Account) -> None:
    """A submit and an upload are refused; a status call has fal's 404, as for an unknown request."""
    request = await me.draw("a cat")
    nobody = {"authorization": ""}
    for path in (f"/{SCHNELL}", "/storage/upload/initiate"):
        assert (await me.http.post(path, json={}, headers=nobody)).status_code == 401
    answer = await me.http.get(request.path("status_url"), headers=nobody)
    assert (answer.status_code, answer.json()) == (404, {"status": "NOT_FOUND"})


async def test_submit_above_the_callers_queue_limit_is_refused(me: Account) -> None:
    """A submit with a limit below the queue's length gets a 429, and nothing is queued."""
    refused = await me.post(SCHNELL, {"prompt": "a cat"}, fal_max_queue_length="2")
    assert refused.status_code == 429
    assert not await me.requests()
    await me.submit(SCHNELL, {"prompt": "a cat #nsfw"}, fal_max_queue_length="3")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"fal_webhook": "ftp://example.org"}, {}),
        ({"fal_webhook": "http://["}, {}),
        ({"fal_webhook": "http://example.org:99999"}, {}),
        ({"fal_webhook": "nonsense"}, {}),
        ({"fal_max_queue_length": "long"}, {}),
        ({}, {"x-fal-request-timeout": "soon"}),
        ({}, {"x-fal-request-timeout": "nan"}),
        ({}, {"x-fal-object-lifecycle-preference": "[]"}),
        ({}, {"x-fal-object-lifecycle-preference": '{"expiration_duration_seconds": "x"}'}),
    ],
)
async def test_malformed_submit_is_a_bad_request(
    me: Account, query: dict[str, str], headers: dict[str, str]
) -> None:
    """The submit fails before anything is queued."""
    answer = await me.http.post(f"/{SCHNELL}", json={}, params=query, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error_type"] == answer.headers["x-fal-error-type"] == "bad_request"
    assert not await me.requests()
