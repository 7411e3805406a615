"""Who has shown the API's token once need not show it at every look: a cookie that proves itself.

Its key comes from the token (HKDF, https://www.rfc-editor.org/rfc/rfc5869): a new token ends every session.
"""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from worker.queue import Clock

COOKIE = "darkroom"
SECONDS = 12 * 3600


class Sessions:
    def __init__(self, api_token: str, clock: Clock) -> None:
        self._clock = clock
        self._secret = HKDF(SHA256(), 32, salt=None, info=b"darkroom page sessions").derive(
            api_token.encode()
        )

    def begin(self) -> str:
        """The cookie's value, good for SECONDS."""
        expires = str(int(self._clock() + SECONDS))
        return f"{expires}.{self._sign(expires)}"

    def is_valid(self, value: str) -> bool:
        expires, _, signature = value.partition(".")
        return (
            hmac.compare_digest(self._sign(expires).encode(), signature.encode())
            and int(expires) > self._clock()
        )

    def _sign(self, expires: str) -> str:
        return hmac.digest(self._secret, expires.encode(), "sha256").hex()
