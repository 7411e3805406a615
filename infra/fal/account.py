"""Free calls to fal about an account: key and balance."""

import httpx

from infra.errors import FailureKind, ProviderError
from infra.fal.connection import Connection

# A request that does not exist: with a valid key the answer is 404, with an invalid one 401.
_UNKNOWN_REQUEST = "fal-ai/flux/requests/00000000-0000-0000-0000-000000000000/status"


async def check_key(connection: Connection) -> None:
    """Raises ProviderError: of kind KEY if the key is not valid, of another kind if fal cannot tell.

    https://docs.fal.ai/model-apis/model-endpoints/queue
    """
    answer = await connection.send("GET", f"{connection.queue_base_url}/{_UNKNOWN_REQUEST}")
    if not answer.is_success and answer.status != httpx.codes.NOT_FOUND:
        raise answer.error


async def read_balance(connection: Connection) -> float | None:
    """Return US dollars, or None if fal does not answer.

    This call is the dashboard's; the documented one needs an admin key.

    https://fal.ai/docs/platform-apis/v1/account/billing
    """
    try:
        answer = await connection.send("GET", f"{connection.rest_base_url}/billing/user_balance")
    except ProviderError as error:
        if error.kind is FailureKind.KEY:
            raise
        return None
    known = answer.is_success and type(answer.body) in (int, float)
    return float(answer.body) if known else None
