from collections.abc import AsyncIterator

import httpx
import pytest

from tests.valkey import ValkeyServer
from tests.webhook_app.door import serve, settings_for

TOKEN = "an-api-token-for-the-tests"


@pytest.fixture(scope="module")
async def guarded(valkey: ValkeyServer) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(settings_for(valkey.url, api_token=TOKEN)) as client:
        yield client


async def test_the_bearer_of_the_token_is_let_in(guarded: httpx.AsyncClient) -> None:
    """The scheme's name may be written in any case."""
    for scheme in ("Bearer", "bearer"):
        answer = await guarded.get("/jobs", headers={"Authorization": f"{scheme} {TOKEN}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
async def test_everybody_else_is_told_what_is_missing(
    guarded: httpx.AsyncClient, authorization: str
) -> None:
    """Once a token is set it is asked for even on this machine."""
    answer = await guarded.get("/jobs", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/jobs/0000000000000000", "/jobs/0000000000000000/events"])
async def test_every_address_with_prompts_is_guarded(guarded: httpx.AsyncClient, path: str) -> None:
    """A stranger does not even learn whether there is such a job."""
    assert (await guarded.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.2", 200), ("::1", 200), ("192.0.2.7", 403), ("nobody", 403)]
)
async def test_without_a_token_only_this_machine_is_let_in(
    door: httpx.AsyncClient, address: str, status: int
) -> None:
    """A proxy on this machine says who asks; nobody elsewhere can be told from a stranger."""
    answer = await door.get("/jobs", headers={"X-Forwarded-For": address})
    assert answer.status_code == status


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example", "[", "a b", ""])
async def test_a_foreign_name_for_this_machine_is_not_this_machine(
    door: httpx.AsyncClient, host: str
) -> None:
    """A web page that makes its own name mean 127.0.0.1 gets nothing."""
    answer = await door.get("/jobs", headers={"Host": host})
    assert answer.status_code == 403


async def test_every_response_carries_the_careful_headers(guarded: httpx.AsyncClient) -> None:
    """Errors and answers alike."""
    for path in ("/version", "/jobs", "/nowhere"):
        headers = (await guarded.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
