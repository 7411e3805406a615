"""What fal says of an account without being paid for it."""

import httpx

from infra.errors import FailureKind, ProviderError
from infra.fal.connection import Connection

# A request that never was: whoever has a key is told that it is unknown, everybody else that the key is.
_NOBODYS = "fal-ai/flux/requests/00000000-0000-0000-0000-000000000000/status"


async def check_key(connection: Connection) -> None:
    """Raises ProviderError: of kind KEY when the key is not fal's, of another when fal cannot say.

    https://docs.fal.ai/model-apis/model-endpoints/queue
    """
    answer = await connection.send("GET", f"{connection.queue_base_url}/{_NOBODYS}")
    if not answer.is_success and answer.status != httpx.codes.NOT_FOUND:
        raise answer.error


async def read_balance(connection: Connection) -> float | None:
    """US dollars; None when fal does not say: the documented call wants an admin's key, this one is its dashboard's.

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
