"""A fal for the bench: accepts requests, reports them as active or done, and sends webhooks.

https://docs.fal.ai/model-apis/model-endpoints/queue, …/webhooks
"""

import asyncio
import base64
import hashlib
import json
import math
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.bench.load import Load, post
from tests.bench.wire import Answer, Request

_REQUEST = re.compile(r"/requests/([^/?]+)(/status|/cancel)?")
_UNDER_WAY = {"status": "IN_PROGRESS", "logs": None}
_COMPLETED: dict[str, Any] = {"status": "COMPLETED", "logs": None, "metrics": {}}
# Of a result; without it, the product asks again.
_BILL = {"X-Fal-Billable-Units": "1.0"}


@dataclass
class Lateness:
    """How late each request was polled again: the time between two polls, less the interval."""

    interval: float
    late: list[float] = field(default_factory=list)
    polls: int = 0
    _answered: dict[str, float] = field(default_factory=dict)

    def note(self, request_id: str, now: float) -> None:
        self.polls += 1
        before = self._answered.get(request_id)
        if before is not None:
            self.late.append(now - before - self.interval)
        self._answered[request_id] = now

    @property
    def followed(self) -> int:
        return len(self._answered)

    def begin(self) -> None:
        """Reset; requests that are never polled again count as late by the whole measurement."""
        self.late.clear()
        self.polls = 0

    def overdue(self, now: float) -> list[float]:
        return [late for at in self._answered.values() if (late := now - at - self.interval) > 0]


class Fal:
    """`is_instant`: a submitted request is done at once, or after `seconds`; its webhook is sent if it can be."""

    def __init__(self, file: bytes, content_type: str) -> None:
        self.url = ""
        self.is_instant = True
        self.seconds = 0.0
        self.calls: Counter[str] = Counter()
        self.times: dict[str, float] = {}
        self.lateness: Lateness | None = None
        self._file = Answer(content_type, file)
        self._field = "video" if content_type.startswith("video") else "images"
        self._key = Ed25519PrivateKey.generate()
        self._ids = count(1)
        # The time (perf_counter) at which each request is done.
        self._done: dict[str, float] = {}
        self._webhook_app: Load | None = None
        self._missed: list[tuple[str, str]] = []

    def use_webhook_app(self, webhook_app: Load | None) -> None:
        """Set the connections for the webhooks; what could not be sent without them is sent now, as fal repeats it."""
        self._webhook_app = webhook_app
        missed, self._missed = self._missed, []
        for path, request_id in missed:
            self.ring(path, request_id)

    def handle(self, request: Request) -> Answer:
        if request.target.startswith("/files/"):
            self._note("download")
            return self._file
        if request.target.startswith("/.well-known/"):
            return _json({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": self._public_key()}]})
        if found := _REQUEST.search(request.target):
            return self._report(found[1], found[2] or "")
        self._note("submit")
        return self._submit(request.target)

    def addresses(self, request_id: str) -> dict[str, str]:
        base = f"{self.url}/fal-ai/bench/requests/{request_id}"
        return {
            "request_id": request_id,
            "status_url": f"{base}/status",
            "response_url": base,
            "cancel_url": f"{base}/cancel",
        }

    def end(self, request_id: str, at: float) -> None:
        """Let a request be done at this time (perf_counter)."""
        self._done[request_id] = at

    def ring(self, path: str, request_id: str) -> None:
        """Send the webhook of a finished request; fal's own time ends here."""
        if not self._webhook_app:
            self._missed.append((path, request_id))
        else:
            content = {"request_id": request_id, "status": "OK", "payload": self._output()}
            body = json.dumps(content).encode()
            self._webhook_app.offer(post(path, body, self._sign(request_id, body)))

    def _submit(self, target: str) -> Answer:
        request_id = f"request-{next(self._ids):09}"
        if self.is_instant:
            self._done[request_id] = time.perf_counter() + self.seconds
            webhook = parse_qs(urlsplit(target).query).get("fal_webhook")
            if webhook:
                path = urlsplit(webhook[0]).path
                loop = asyncio.get_running_loop()
                loop.call_later(self.seconds, self.ring, path, request_id)
        return _json({"status": "IN_QUEUE", "queue_position": 0, **self.addresses(request_id)})

    def _report(self, request_id: str, part: str) -> Answer:
        self._note(part.strip("/") or "result")
        if not part:
            return _json(self._output(), _BILL)
        if self.lateness:
            self.lateness.note(request_id, time.perf_counter())
        is_done = self._done.get(request_id, math.inf) <= time.perf_counter()
        state = _COMPLETED if is_done else _UNDER_WAY
        return _json({**state, **self.addresses(request_id)})

    def _note(self, call: str) -> None:
        self.calls[call] += 1
        self.times[call] = time.perf_counter()

    def _output(self) -> dict[str, Any]:
        file = {"url": f"{self.url}/files/result", "content_type": self._file.content_type}
        return {self._field: [file] if self._field == "images" else file, "seed": 1}

    def _public_key(self) -> str:
        return base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).decode()

    def _sign(self, request_id: str, body: bytes) -> dict[str, str]:
        now, digest = int(time.time()), hashlib.sha256(body).hexdigest()
        message = f"{request_id}\nbench\n{now}\n{digest}".encode()
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": "bench",
            "X-Fal-Webhook-Timestamp": str(now),
            "X-Fal-Webhook-Signature": self._key.sign(message).hex(),
        }


def _json(content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer("application/json", json.dumps(content).encode(), headers or {})
