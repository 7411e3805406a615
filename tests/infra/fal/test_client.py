import asyncio
import gzip
import json
import time
import zlib
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.errors import Ambiguous, FailureKind, NotSent, ProviderError
from infra.fal.client import FalClient
from infra.fal.stored_data import StoredData
from infra.fal.tasks import CancelOutcome, TaskState
from infra.http_client import create_client
from tests.infra.fal.answers import KEY, PICTURE, QUEUE, QUICK, SUBMITTED, TASK, Fal, detail
from tests.infra.loopback import converse, serve, unused_url

SCHNELL = "fal-ai/flux/schnell"
SUBMIT_URL = f"{QUEUE}/{SCHNELL}"
COMPLETED = httpx.Response(200, json={"status": "COMPLETED"})
BUSY = httpx.Response(503, text="<html>")


async def test_submit_sends_the_input_the_key_and_the_deadline() -> None:
    """The input is the top-level object; webhook and deadline are parameters."""
    url = f"{SUBMIT_URL}?fal_webhook=https%3A%2F%2Fexample.org%2Fhook%3Ftoken%3D1"
    fal = Fal({url: httpx.Response(200, json=SUBMITTED)})
    task = await fal.client.submit(
        SCHNELL,
        {"prompt": "кот \ud83d"},
        webhook_url="https://example.org/hook?token=1",
        start_timeout=120,
    )
    (request,) = fal.requests
    assert task == TASK
    assert json.loads(request.content) == {"prompt": "кот \ud83d"}
    assert request.headers["authorization"] == f"Key {KEY}"
    assert request.headers["x-fal-request-timeout"] == "120"


async def test_no_key_sends_no_authorization() -> None:
    """A fake or a public model needs no key."""
    fal = Fal({SUBMIT_URL: httpx.Response(200, json=SUBMITTED)}, api_key=None)
    await fal.client.submit(SCHNELL, {})
    assert "authorization" not in fal.requests[0].headers


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"detail": "invalid key credentials"}, FailureKind.KEY),
        (403, {"detail": "User is locked. Reason: Exhausted balance."}, FailureKind.BALANCE),
        (404, {"detail": "not found"}, FailureKind.UNKNOWN),
        (422, detail("one_of"), FailureKind.BAD_INPUT),
    ],
)
async def test_refused_submit_is_final(status: int, body: object, kind: FailureKind) -> None:
    """A 4xx queued nothing, and a repeat would not help."""
    fal = Fal({SUBMIT_URL: httpx.Response(status, json=body)})
    with pytest.raises(ProviderError) as caught:
        await fal.client.submit(SCHNELL, {})
    assert caught.value.kind is kind
    assert not isinstance(caught.value, NotSent | Ambiguous)
    assert not caught.value.retryable


async def test_submit_disables_the_fallback() -> None:
    """Another endpoint that took over would bill another price."""
    fal = Fal({SUBMIT_URL: httpx.Response(200, json=SUBMITTED)})
    await fal.client.submit(SCHNELL, {})
    assert fal.requests[0].headers["x-app-fal-disable-fallback"] == "true"


async def test_storage_of_requests_can_be_switched_off() -> None:
    """By default fal stores them, and a lost submit can be looked for."""
    for stored, sent in ((StoredData(), None), (StoredData(requests=False), "0")):
        fal = Fal({SUBMIT_URL: httpx.Response(200, json=SUBMITTED)}, stored=stored)
        await fal.client.submit(SCHNELL, {})
        assert fal.requests[0].headers.get("X-Fal-Store-IO") == sent


@pytest.mark.parametrize("status", [200, 400, 403, 422, 500, 503])
async def test_locked_account_is_told_whatever_the_status(status: int) -> None:
    """fal has answered 200; nothing was queued, and only the operator can help."""
    locked = {"detail": "User is locked. Reason: Admin lock."}
    fal = Fal({SUBMIT_URL: httpx.Response(status, json=locked)})
    with pytest.raises(ProviderError) as caught:
        await fal.client.submit(SCHNELL, {})
    assert caught.value.kind is FailureKind.BALANCE
    assert not isinstance(caught.value, NotSent | Ambiguous)
    assert not caught.value.retryable


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ConnectTimeout("no")])
async def test_unreachable_queue_is_tried_at_the_backup_once(error: httpx.TransportError) -> None:
    """Nothing was sent to the first host."""
    backup_url = SUBMIT_URL.replace("fal.run", "falrun.com")
    fal = Fal({SUBMIT_URL: error, backup_url: httpx.Response(200, json=SUBMITTED)})
    assert (await fal.client.submit(SCHNELL, {})).request_id == SUBMITTED["request_id"]
    assert [str(request.url) for request in fal.requests] == [SUBMIT_URL, backup_url]
    assert fal.requests[-1].extensions["timeout"]["connect"] == 5

    down = Fal({SUBMIT_URL: error, backup_url: error})
    with pytest.raises(NotSent):
        await down.client.submit(SCHNELL, {})
    assert len(down.requests) == 2


async def test_full_queue_may_be_retried() -> None:
    """A 429 is a safe retry, after fal's Retry-After."""
    fal = Fal({SUBMIT_URL: httpx.Response(429, headers={"Retry-After": "7"})})
    with pytest.raises(NotSent) as caught:
        await fal.client.submit(SCHNELL, {})
    assert (caught.value.kind, caught.value.retry_after) == (FailureKind.BUSY, 7)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={"detail": "oops"}),
        httpx.Response(504),
        httpx.Response(408),
        httpx.Response(499),
        httpx.Response(307, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"request_id": "r-1"}),
        httpx.Response(200, json=SUBMITTED | {"status_url": "https://evil.example/status"}),
        httpx.Response(200, json=SUBMITTED | {"cancel_url": "http://queue.fal.run/cancel"}),
        httpx.Response(200, json=SUBMITTED | {"response_url": "https://a@queue.fal.run/x"}),
        httpx.ReadTimeout("read"),
        httpx.WriteError("write"),
        httpx.RemoteProtocolError("dropped"),
    ],
    ids=repr,
)
async def test_ambiguous_submit_is_sent_once(
    answer: httpx.Response | httpx.TransportError,
) -> None:
    """When a paid job may exist, there is one request and an Ambiguous error."""
    fal = Fal({SUBMIT_URL: answer})
    with pytest.raises(Ambiguous) as caught:
        await fal.client.submit(SCHNELL, {"prompt": "my secret cat"})
    assert len(fal.requests) == 1
    assert not caught.value.retryable


async def test_official_backup_domain_may_answer() -> None:
    """fal's second domain may answer instead of the first."""
    backup = {
        name: value.replace("queue.fal.run", "queue.falrun.com")
        if isinstance(value, str)
        else value
        for name, value in SUBMITTED.items()
    }
    fal = Fal({SUBMIT_URL: httpx.Response(200, json=backup)})
    assert "falrun" in (await fal.client.submit(SCHNELL, {})).status_url


async def test_refused_connection_sent_nothing() -> None:
    """A refused connection is a safe retry."""
    async with create_client(connect_timeout=1) as http:
        with pytest.raises(NotSent):
            await FalClient(http, api_key=KEY, queue_base_url=unused_url()).submit(SCHNELL, {})


async def test_connection_dropped_in_the_middle_of_a_submit_is_ambiguous() -> None:
    """The server had read the request when the connection broke: a job may exist."""
    read: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        read.append(await reader.readuntil(b"\r\n\r\n"))

    async with converse(hang_up) as url, create_client() as http:
        with pytest.raises(Ambiguous):
            await FalClient(http, api_key=KEY, queue_base_url=url).submit(SCHNELL, {})
    assert len(read) == 1


async def test_submit_timeout_is_ambiguous() -> None:
    """The server has the request and does not respond: a job may exist."""
    received: list[bytes] = []

    async def think(request: Request) -> Response:
        received.append(await request.body())
        await asyncio.sleep(1)
        return JSONResponse(SUBMITTED)

    app = Starlette(routes=[Route(f"/{SCHNELL}", think, methods=["POST"])])
    async with serve(app) as url, create_client(read_timeout=0.1) as http:
        with pytest.raises(Ambiguous):
            await FalClient(http, api_key=KEY, queue_base_url=url).submit(SCHNELL, {"prompt": "a"})
    assert received == [b'{"prompt": "a"}']


async def test_webhook_url_is_sent_unchanged() -> None:
    """A webhook URL with its own query and escapes is sent as one parameter."""
    webhook_url = "https://example.org/hook/1?token=a%2Bb&x=1+2&y=ж#z"
    received: list[str] = []

    async def take(request: Request) -> Response:
        received.append(request.query_params["fal_webhook"])
        return JSONResponse(SUBMITTED)

    app = Starlette(routes=[Route(f"/{SCHNELL}", take, methods=["POST"])])
    async with serve(app) as url, create_client() as http:
        client = FalClient(http, api_key=KEY, queue_base_url=url)
        with pytest.raises(Ambiguous, match="not fal's"):
            await client.submit(SCHNELL, {}, webhook_url=webhook_url)
    assert received == [webhook_url]


@pytest.mark.parametrize("status", [200, 202])
async def test_queued_task_has_a_position(status: int) -> None:
    """The JSON decides, whatever the HTTP code is."""
    body = {"status": "IN_QUEUE", "queue_position": 3, "logs": None}
    fal = Fal({TASK.status_url: httpx.Response(status, json=body)})
    found = await fal.client.check_status(TASK)
    assert (found.state, found.queue_position) == (TaskState.IN_QUEUE, 3)


async def test_running_task_is_in_progress() -> None:
    """Logs are optional."""
    answer = httpx.Response(202, json={"status": "IN_PROGRESS", "logs": [{"message": "10%"}]})
    found = await Fal({TASK.status_url: answer}).client.check_status(TASK)
    assert (found.state, found.queue_position) == (TaskState.IN_PROGRESS, None)


async def test_unknown_task_is_a_status() -> None:
    """Just after a submit a task may be unknown for a moment: the caller decides how long."""
    answer = httpx.Response(404, json={"status": "NOT_FOUND"})
    found = await Fal({TASK.status_url: answer}).client.check_status(TASK)
    assert found.state is TaskState.NOT_FOUND


async def test_completed_task_has_its_images() -> None:
    """COMPLETED is a success once the result is available."""
    result = httpx.Response(200, json={"images": [PICTURE], "seed": 2**70})
    found = await Fal({TASK.status_url: COMPLETED, TASK.response_url: result}).client.check_status(
        TASK
    )
    assert found.state is TaskState.COMPLETED
    assert found.result_url == PICTURE["url"]
    assert (found.results[0].width, found.seed) == (8, 2**70)


async def test_poll_is_retried_quickly() -> None:
    """A gateway error on a poll is retried and not reported."""
    answers: list[httpx.Response | BaseException] = [
        BUSY,
        httpx.ReadError("reset"),
        httpx.Response(202, json={"status": "IN_PROGRESS"}),
    ]
    fal = Fal({TASK.status_url: answers})
    assert (await fal.client.check_status(TASK)).state is TaskState.IN_PROGRESS
    assert len(fal.requests) == 3


@pytest.mark.parametrize("answer", [BUSY, httpx.ReadTimeout(""), httpx.ConnectError("")], ids=repr)
async def test_unanswered_poll_may_be_retried_later(
    answer: httpx.Response | httpx.TransportError,
) -> None:
    """A poll without an answer is a retryable error, never the task's failure."""
    fal = Fal({TASK.status_url: answer})
    with pytest.raises(ProviderError) as caught:
        await fal.client.check_status(TASK)
    assert caught.value.retryable
    assert len(fal.requests) == QUICK.attempts


async def test_retry_after_is_left_to_the_caller() -> None:
    """The caller waits for a Retry-After, not the client."""
    fal = Fal({TASK.status_url: httpx.Response(429, headers={"Retry-After": "30"})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.check_status(TASK)
    assert (caught.value.retry_after, len(fal.requests)) == (30, 1)


async def test_refused_poll_is_the_operators_problem() -> None:
    """A bad key on a poll says nothing about the task."""
    fal = Fal({TASK.status_url: httpx.Response(401, json={"detail": "invalid key credentials"})})
    with pytest.raises(ProviderError) as caught:
        await fal.client.check_status(TASK)
    assert (caught.value.kind, caught.value.retryable) == (FailureKind.KEY, False)


@pytest.mark.parametrize("body", [None, [], "COMPLETED", {"status": ["x"]}, {"status": "NEW"}])
async def test_unknown_status_is_polled_again(body: object) -> None:
    """A new status of fal does not end a task."""
    fal = Fal({TASK.status_url: httpx.Response(200, json=body)})
    with pytest.raises(ProviderError) as caught:
        await fal.client.check_status(TASK)
    assert caught.value.retryable


async def test_known_failure_survives_an_unavailable_result() -> None:
    """When the status already has the reason, a failure of the result call does not matter."""
    status = httpx.Response(
        200, json={"status": "COMPLETED", "error": "late", "error_type": "request_timeout"}
    )
    found = await Fal({TASK.status_url: status, TASK.response_url: BUSY}).client.check_status(TASK)
    assert found.state is TaskState.FAILED
    assert found.error
    assert (found.error.kind, found.error.retryable) == (FailureKind.TOO_SLOW, True)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (202, {"status": "CANCELLATION_REQUESTED"}, CancelOutcome.REQUESTED),
        (202, None, CancelOutcome.REQUESTED),
        (200, {"success": True}, CancelOutcome.REMOVED),
        (400, {"status": "ALREADY_COMPLETED"}, CancelOutcome.TOO_LATE),
        (404, {"status": "NOT_FOUND"}, CancelOutcome.UNKNOWN),
        (404, None, CancelOutcome.UNKNOWN),
    ],
)
async def test_each_answer_to_a_cancel_has_an_outcome(
    status: int, body: object, outcome: CancelOutcome
) -> None:
    """The task's state after a cancel decides what the caller does next."""
    fal = Fal({TASK.cancel_url: httpx.Response(status, json=body)})
    assert await fal.client.cancel(TASK) is outcome
    assert fal.requests[0].method == "PUT"


async def test_refused_cancel_is_an_error() -> None:
    """A bad key is not an outcome of a cancel."""
    fal = Fal({TASK.cancel_url: httpx.Response(401)})
    with pytest.raises(ProviderError, match="fal_api_key"):
        await fal.client.cancel(TASK)


@pytest.mark.parametrize("url", ["", "queue.fal.run", "ftp://queue.fal.run"])
def test_invalid_base_url_is_refused_at_start(url: str) -> None:
    """The error names the setting."""
    with pytest.raises(ValueError, match="fal_queue_base_url"):
        FalClient(httpx.AsyncClient(), api_key=KEY, queue_base_url=url)


class TestUnboundedResponses:
    """Responses of any length cost bounded memory and time."""

    async def ask(self, response: bytes, forever: bytes = b"", pause: float = 0) -> ProviderError:
        """Return the error of a poll whose status has this response."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)
            with suppress(ConnectionError):  # the client has closed the connection
                while forever and not writer.is_closing():
                    writer.write(forever)
                    await writer.drain()
                    await asyncio.sleep(pause)

        async with converse(answer) as url, create_client() as http:
            client = FalClient(http, api_key=KEY, queue_base_url=url, retry=QUICK)
            with pytest.raises(ProviderError) as caught:
                await client.check_status(client.rebuild_task(SCHNELL, "r-1"))
        return caught.value

    async def test_endless_status_is_not_read_to_its_end(self) -> None:
        """The body would fill the memory; it counts as a missing response."""
        error = await self.ask(b"HTTP/1.1 200 OK\r\n\r\n", forever=b" " * 65536)
        assert error.retryable

    async def test_slow_status_times_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each byte comes in time: the limit covers the whole call with all its attempts."""
        monkeypatch.setattr("infra.fal.connection._SEND_SECONDS", 0.3)
        begun = time.monotonic()
        error = await self.ask(b"HTTP/1.1 200 OK\r\n\r\n", forever=b" ", pause=0.01)
        assert (error.kind, error.retryable) == (FailureKind.TOO_SLOW, True)
        assert time.monotonic() - begun < 1

    @pytest.mark.parametrize(
        ("encoding", "pack"),
        [
            ("gzip", lambda: gzip.compress(bytes(1 << 26))),
            ("gzip, gzip", lambda: gzip.compress(gzip.compress(bytes(1 << 26)))),
            ("deflate", lambda: zlib.compress(bytes(1 << 26))),
            ("br", lambda: b"?"),
            ("gzip", lambda: b"no gzip"),
        ],
    )
    async def test_compression_bomb_is_not_unpacked(
        self, encoding: str, pack: Callable[[], bytes]
    ) -> None:
        """64 MB of zeros compressed to 65 kB or less are not unpacked."""
        body = pack()
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}"
        error = await self.ask(head.encode() + b"\r\n\r\n" + body)
        assert error.retryable

    async def test_endless_submit_response_is_ambiguous(self) -> None:
        """The submit may have been accepted, so it is not sent again."""
        submit = httpx.Response(200, content=b" " * (3 << 20))
        with pytest.raises(Ambiguous):
            await Fal({SUBMIT_URL: submit}).client.submit(SCHNELL, {})


async def test_compressed_submit_response_is_read() -> None:
    """A gateway may compress a response although plain was requested, and only this response names a paid job."""
    asked: list[str] = []

    async def pack(request: Request) -> Response:
        asked.append(request.headers["accept-encoding"])
        address = f"{request.base_url}r-1"
        urls = dict.fromkeys(("status_url", "response_url", "cancel_url"), address)
        packed = gzip.compress(json.dumps({"request_id": "r-1", **urls}).encode())
        return Response(packed, headers={"Content-Encoding": "gzip"})

    app = Starlette(routes=[Route(f"/{SCHNELL}", pack, methods=["POST"])])
    async with serve(app) as url, create_client() as http:
        task = await FalClient(http, api_key=KEY, queue_base_url=url).submit(SCHNELL, {})
    assert (task.request_id, asked) == ("r-1", ["identity"])
