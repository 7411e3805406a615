"""Signed callbacks, delivered at least once: https://docs.fal.ai/model-apis/model-endpoints/webhooks."""

import asyncio
import hashlib
import json
import time
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from loguru import logger

from infra.sandbox.fal.options import Options
from infra.sandbox.fal.records import Record, Store

_USER_ID = "sandbox|1"
_TIMEOUT = httpx.Timeout(15)
_DELIVERIES = 10
_PAUSE = 60.0
_NOT_SERIALIZABLE = (
    "Response payload is not JSON serializable. The result can be fetched from the response URL."
)


class Webhooks:
    def __init__(
        self, options: Options, store: Store, http: httpx.AsyncClient, key: Ed25519PrivateKey
    ) -> None:
        self._options = options
        self._store = store
        self._http = http
        self._key = key
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, record: Record) -> None:
        """Deliver the record's result, unless there is no webhook or the request was cancelled."""
        wanted = record.webhook_url and not record.cancelled
        if wanted and _is_due(record) and "#nohook" not in record.fault_words:
            task = asyncio.create_task(self._deliver(record))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, record: Record) -> None:
        if "#latehook" in record.fault_words:
            await asyncio.sleep(_PAUSE * self._options.pace)
        while _is_due(record):
            if record.deliveries:
                await asyncio.sleep(_PAUSE * self._options.pace * 1.5**record.deliveries)
            status = await self._attempt(record)
            record.deliveries += 1
            record.delivered = 200 <= status < 300
            # A redirect is a permanent failure.
            record.undeliverable = 300 <= status < 400
            self._store.save(record)
        if record.delivered and "#twice" in record.fault_words:
            await self._attempt(record)

    async def _attempt(self, record: Record) -> int:
        """Return the HTTP status of the response, or 0 when there was none."""
        content = body(record)
        headers = sign(self._key, record.request_id, content, int(time.time()))
        try:
            answer = await self._http.post(
                record.webhook_url or "", content=content, headers=headers, timeout=_TIMEOUT
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            logger.info("Webhook failed: {} {}", record.request_id, type(error).__name__)
            return 0
        logger.info("Webhook answered: {} {}", record.request_id, answer.status_code)
        return answer.status_code


def _is_due(record: Record) -> bool:
    settled = record.delivered or record.undeliverable
    return not settled and record.deliveries < _DELIVERIES


def body(record: Record) -> bytes:
    """Return the bytes that are signed and sent."""
    content: dict[str, Any] = {
        "request_id": record.request_id,
        "gateway_request_id": record.request_id,
        "status": "OK",
        "error": None,
        "payload": json.loads(record.result),
    }
    if record.status != 200:
        content["status"] = "ERROR"
        content["error"] = record.error or f"Invalid status code: {record.status}"
    elif "#nullpayload" in record.fault_words:
        content |= {"payload": None, "payload_error": _NOT_SERIALIZABLE}
    return json.dumps(content, sort_keys=True).encode()


def sign(key: Ed25519PrivateKey, request_id: str, content: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of a delivery; `timestamp` is in unix seconds."""
    digest = hashlib.sha256(content).hexdigest()
    message = f"{request_id}\n{_USER_ID}\n{timestamp}\n{digest}".encode()
    return {
        "Content-Type": "application/json",
        "X-Fal-Webhook-Request-Id": request_id,
        "X-Fal-Webhook-User-Id": _USER_ID,
        "X-Fal-Webhook-Timestamp": str(timestamp),
        "X-Fal-Webhook-Signature": key.sign(message).hex(),
    }
