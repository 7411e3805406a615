"""Addresses of files in our storage that prove themselves: who has one may read that file until it expires.

The key comes from the bot's token (HKDF, https://www.rfc-editor.org/rfc/rfc5869), so there is no secret more to keep.
"""

import base64
import hmac
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PATH = "/files/{token}"
_FOLDERS = ("inputs/", "images/", "videos/")


class SignedLinks:
    """`public_url` is where the front door is reached; times are seconds."""

    def __init__(
        self, bot_token: str, public_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret = HKDF(SHA256(), 32, salt=None, info=b"darkroom signed links").derive(
            bot_token.encode()
        )
        self._public_url = public_url
        self._clock = clock

    def url(self, key: str, seconds: float) -> str:
        """The address of a file for so long."""
        payload = f"{int(self._clock() + seconds)} {key}".encode()
        token = f"{_encode(payload)}.{_encode(self._sign(payload))}"
        return self._public_url + PATH.format(token=token)

    def key(self, token: str) -> str | None:
        """The storage key in a token; None for one that is forged, expired or about what is not shared."""
        payload_text, _, signature = token.partition(".")
        payload = _decode(payload_text)
        if not hmac.compare_digest(self._sign(payload), _decode(signature)):
            return None
        expires_at, _, key = payload.decode().partition(" ")
        return key if int(expires_at) > self._clock() and key.startswith(_FOLDERS) else None

    def _sign(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Empty, and so not what was signed, when it is no base64url."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        return b""
