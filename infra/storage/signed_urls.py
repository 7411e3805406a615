"""Signed URLs of webhook_app for stored files: anyone with the URL can read the file until it expires.

The key is derived from the bot's token (HKDF, https://www.rfc-editor.org/rfc/rfc5869), so no further secret is needed.
"""

import hashlib
import time
from collections.abc import Callable
from functools import cached_property

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from infra.derived_key import derive_key

PATH = "/files/{token}"
_FOLDERS = ("inputs/", "images/", "videos/")


class SignedLinks:
    """`public_url` is where webhook_app is reached; times are seconds."""

    def __init__(
        self, bot_token: str, public_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._bot_token = bot_token
        self._public_url = public_url
        self._clock = clock

    @cached_property
    def _signer(self) -> Signer:
        key = derive_key(self._bot_token, "darkroom signed links")
        return Signer(key, key_derivation="none", digest_method=hashlib.sha256)

    def url(self, key: str, seconds: float) -> str:
        """Return a URL of the file that is valid for `seconds`."""
        payload = f"{int(self._clock() + seconds)} {key}".encode()
        # The payload is signed, not its base64, as in links that are already in use.
        token = base64_encode(payload) + b"." + self._signer.get_signature(payload)
        return self._public_url + PATH.format(token=token.decode())

    def key(self, token: str) -> str | None:
        """Return the storage key in a token; None if it is forged, expired, or for a folder that is not shared."""
        payload_text, _, signature = token.partition(".")
        try:
            payload = base64_decode(payload_text)
        except BadData:
            return None
        if not self._signer.verify_signature(payload, signature):
            return None
        expires_at, _, key = payload.decode().partition(" ")
        return key if int(expires_at) > self._clock() and key.startswith(_FOLDERS) else None
