"""Signatures of fal's webhooks: https://docs.fal.ai/model-apis/model-endpoints/webhooks."""

import asyncio
import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from infra.errors import FailureKind, ProviderError, SignatureError
from infra.fal.bodies import IDENTITY, read_body, within
from infra.fal.connection import QUICK_RETRIES, may_pass, parse_json, translated_errors
from infra.retry import RetryPolicy

_REQUEST_ID = "x-fal-webhook-request-id"
_USER_ID = "x-fal-webhook-user-id"
_TIMESTAMP = "x-fal-webhook-timestamp"
_SIGNATURE = "x-fal-webhook-signature"
_NAMES = (_REQUEST_ID, _USER_ID, _TIMESTAMP, _SIGNATURE)
_UNIX_TIME = re.compile("[0-9]{1,12}")
_MAX_SKEW = 300
_MAX_AGE = 24 * 3600
_REFETCH_PAUSE = 60
_FAILURE_PAUSE = 5
# Limits for the document with the keys: bytes and seconds.
_MAX_DOCUMENT = 64 * 1024
_FETCH_SECONDS = 5


def verify(
    headers: Mapping[str, str], body: bytes, keys: Iterable[Ed25519PublicKey], now: float
) -> None:
    """Raises SignatureError unless one of the keys has signed these raw bytes within 300 s of `now`."""
    message, signature = read_signed_message(headers, body, now)
    for key in keys:
        with contextlib.suppress(InvalidSignature):
            key.verify(signature, message)
            return
    raise SignatureError("The signature does not match any of fal's keys.")


def parse_jwks(document: Any) -> tuple[Ed25519PublicKey, ...]:
    """Return the Ed25519 keys of a JWKS; other entries are skipped."""
    entries = document.get("keys") if isinstance(document, dict) else None
    keys = []
    for entry in entries if isinstance(entries, list) else ():
        text = entry.get("x") if isinstance(entry, dict) else None
        if isinstance(text, str) and entry.get("kty", "OKP") == "OKP":
            unpadded = text.rstrip("=")
            with contextlib.suppress(ValueError):
                # fal pads base64url, the standard does not.
                raw = base64.urlsafe_b64decode(unpadded + "=" * (-len(unpadded) % 4))
                keys.append(Ed25519PublicKey.from_public_bytes(raw))
    return tuple(keys)


class Jwks:
    """fal's public keys, cached for a day, and fetched again when a signature matches none of them.

    `clock` returns Unix seconds.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        rest_base_url: str = "https://rest.fal.ai",
        *,
        clock: Callable[[], float],
        retry: RetryPolicy = QUICK_RETRIES,
    ) -> None:
        self._http = http
        self._url = f"{rest_base_url.rstrip('/')}/.well-known/jwks.json"
        self._clock = clock
        self._retry = retry
        self._lock = asyncio.Lock()
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        self._fetched_at = float("-inf")
        self._paused_until = float("-inf")

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureError, or ProviderError while the keys are not available."""
        now = self._clock()
        read_signed_message(headers, body, now)
        keys = await self._fresh_keys(_MAX_AGE)
        try:
            verify(headers, body, keys, now)
        except SignatureError:
            verify(headers, body, await self._fresh_keys(_REFETCH_PAUSE), now)

    async def _fresh_keys(self, max_age: float) -> tuple[Ed25519PublicKey, ...]:
        async with self._lock:
            now = self._clock()
            if now - self._fetched_at >= max_age and now >= self._paused_until:
                self._paused_until = now + _FAILURE_PAUSE
                self._keys = await self._retry.run(self._fetch, may_pass)
                self._fetched_at = now
            if now - self._fetched_at >= _MAX_AGE:
                raise _no_keys("the last attempt failed a moment ago")
            return self._keys

    async def _fetch(self) -> tuple[Ed25519PublicKey, ...]:
        with translated_errors():
            async with (
                within(_FETCH_SECONDS),
                self._http.stream("GET", self._url, headers=IDENTITY) as response,
            ):
                body = await read_body(response, _MAX_DOCUMENT)
        keys = parse_jwks(parse_json(body)) if response.is_success else ()
        if not keys:
            raise _no_keys(f"HTTP {response.status_code}")
        return keys


def _no_keys(cause: str) -> ProviderError:
    return ProviderError(
        FailureKind.PROVIDER_DOWN,
        f"fal's webhook keys are not available ({cause}).",
        retryable=True,
    )


def read_signed_message(headers: Mapping[str, str], body: bytes, now: float) -> tuple[bytes, bytes]:
    lowered = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in _NAMES if not lowered.get(name)]
    if missing:
        raise SignatureError(f"Headers are missing: {', '.join(missing)}.")
    request_id, user_id, timestamp, signature = (lowered[name] for name in _NAMES)
    if not _UNIX_TIME.fullmatch(timestamp):
        raise SignatureError("The timestamp is not a number.")
    if abs(now - int(timestamp)) > _MAX_SKEW:
        raise SignatureError("The timestamp is more than five minutes off: check this clock.")
    lines = (request_id, user_id, timestamp, hashlib.sha256(body).hexdigest())
    try:
        return "\n".join(lines).encode(), bytes.fromhex(signature)
    except ValueError:
        raise SignatureError("The signature is not hexadecimal.") from None
