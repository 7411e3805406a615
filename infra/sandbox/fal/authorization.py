import re

from starlette.requests import Request

from infra.sandbox.fal.errors import Failure

WELL_FORMED = re.compile(r"[^\s:]+:[^\s:]+")
# Marks the ADMIN key of an account: `admin-me:secret` is that of `me:secret`.
_ADMIN = "admin-"


class Authorization:
    """Authenticates callers by `Authorization: Key <id>:<secret>`; `Bearer` fails, as with fal.

    Every key has the API scope; the same key with `admin-` before it has the ADMIN scope too.
    """

    def __init__(self, expected: str | None) -> None:
        self._expected = expected

    def account(self, request: Request) -> str:
        """Return the id of the account's key."""
        account = self._account(request)
        if account is None:
            raise Failure(401, {"detail": "invalid key credentials"})
        return account

    def platform_account(self, request: Request, *, is_admin: bool = False) -> str:
        """Return the account, or raise an error of the Platform APIs."""
        account = self._account(request)
        if account is None:
            raise _refusal(401, "Authentication required")
        if is_admin and not _key(request).startswith(_ADMIN):
            raise _refusal(403, "Access denied: this route requires an ADMIN key")
        return account

    def _account(self, request: Request) -> str | None:
        scheme, _, _ = request.headers.get("authorization", "").partition(" ")
        key = _key(request).removeprefix(_ADMIN)
        known = key == self._expected if self._expected else WELL_FORMED.fullmatch(key)
        return key.partition(":")[0] if scheme.lower() == "key" and known else None


def _key(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def _refusal(status: int, message: str) -> Failure:
    return Failure(status, {"error": {"type": "authorization_error", "message": message}})
