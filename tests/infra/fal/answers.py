"""fal's responses, canned, for single error codes: real servers are used where connections matter."""

from collections.abc import Mapping

import httpx
from httpx_mock.client import MockTransport
from httpx_mock.matcher import Exact
from httpx_mock.provider import RouteMap

from infra.fal.client import FalClient
from infra.fal.stored_data import StoredData
from infra.fal.tasks import TaskId
from infra.retry import RetryPolicy

QUEUE = "https://queue.fal.run"
REST = "https://rest.fal.ai"
KEY = "id:secret"
TASK = TaskId(
    "r-1",
    f"{QUEUE}/fal-ai/flux/requests/r-1/status",
    f"{QUEUE}/fal-ai/flux/requests/r-1",
    f"{QUEUE}/fal-ai/flux/requests/r-1/cancel",
)
SUBMITTED = {
    "status": "IN_QUEUE",
    "request_id": TASK.request_id,
    "status_url": TASK.status_url,
    "response_url": TASK.response_url,
    "cancel_url": TASK.cancel_url,
    "queue_position": 0,
}
PICTURE = {"url": "https://v3.fal.media/files/a.png", "width": 8, "height": 8}
INITIATE = f"{REST}/storage/upload/initiate?storage_type=fal-cdn-v3"
TARGET = "https://v3.fal.media/upload/a.png?signature=s%2Fs"
FILE = "https://v3.fal.media/files/a.png"
UPLOADS = {
    INITIATE: httpx.Response(200, json={"upload_url": TARGET, "file_url": FILE}),
    TARGET: httpx.Response(200),
}
QUICK = RetryPolicy(first=0, longest=0, attempts=3)


class _Streamed(MockTransport):
    """Responses with an unread body, as from a network."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        stream = httpx.ByteStream(answer.content)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)


Answers = httpx.Response | BaseException | list[httpx.Response | BaseException]


class Fal:
    """A client whose responses come from a table of URLs; it records the requests."""

    def __init__(
        self,
        answers: Mapping[str, Answers],
        *,
        api_key: str | None = KEY,
        stored: StoredData = StoredData(),  # noqa: B008 - frozen
    ) -> None:
        routes: RouteMap = {Exact(url): answer for url, answer in answers.items()}
        self._transport = _Streamed({"any": routes}, strict=True)
        self.http = httpx.AsyncClient(transport=self._transport)
        self.client = FalClient(self.http, api_key=api_key, retry=QUICK, stored=stored)

    @property
    def requests(self) -> list[httpx.Request]:
        return self._transport.requests


def detail(error_type: str, **fields: object) -> dict[str, object]:
    """Return a model's error, with the input that it echoes."""
    entry = {"loc": ["body", "prompt"], "msg": "echo", "type": error_type, "input": "my secret cat"}
    return {"detail": [entry | fields]}
