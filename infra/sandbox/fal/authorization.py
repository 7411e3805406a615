import re

from starlette.requests import Request

from infra.sandbox.fal.errors import Failure

WELL_FORMED = re.compile(r"[^\s:]+:[^\s:]+")


class Authorization:
    """Authenticates callers by `Authorization: Key <id>:<secret>`; `Bearer` fails, as with fal."""

    def __init__(self, expected: str | None) -> None:
        self._expected = expected

    def account(self, request: Request) -> str:
        """Return the key's id."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        known = key == self._expected if self._expected else WELL_FORMED.fullmatch(key)
        if scheme.lower() != "key" or not known:
            raise Failure(401, {"detail": "invalid key credentials"})
        return key.partition(":")[0]
