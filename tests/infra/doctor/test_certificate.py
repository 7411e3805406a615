import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from infra.doctor.checks import certificate
from infra.doctor.finding import Finding, Level
from tests.infra.doctor.conftest import Make


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts, as OpenSSL is told to."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return ca


@asynccontextmanager
async def tls(leaf: trustme.LeafCert) -> AsyncIterator[str]:
    """A server that shows this certificate and says nothing else."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    leaf.configure_cert(context)

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def look(make: Make, leaf: trustme.LeafCert) -> Finding:
    async with tls(leaf) as url:
        (found,) = await certificate.check(make(public_url=url))
    return found


def days(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=number)


async def test_a_trusted_one_is_in_order(make: Make, authority: trustme.CA) -> None:
    """With the days that are left."""
    found = await look(make, authority.issue_cert("127.0.0.1", not_after=days(60)))
    assert found.level is Level.OK
    assert "59" in found.what or "60" in found.what


async def test_one_that_nobody_renews_is_warned_of(make: Make, authority: trustme.CA) -> None:
    """While there is time."""
    found = await look(make, authority.issue_cert("127.0.0.1", not_after=days(5)))
    assert found.level is Level.WARNING


async def test_an_expired_one_is_a_problem(make: Make, authority: trustme.CA) -> None:
    """Telegram delivers nothing any more."""
    leaf = authority.issue_cert("127.0.0.1", not_before=days(-90), not_after=days(-1))
    found = await look(make, leaf)
    assert found.level is Level.PROBLEM
    assert "expired" in found.what


async def test_another_hosts_is_a_problem(make: Make, authority: trustme.CA) -> None:
    """The host in public_url is named."""
    found = await look(make, authority.issue_cert("elsewhere.example"))
    assert found.level is Level.PROBLEM
    assert "127.0.0.1" in found.what


async def test_one_of_no_known_authority_is_a_problem(make: Make, authority: trustme.CA) -> None:
    """A self-made one, or a chain without its middle."""
    found = await look(make, trustme.CA().issue_cert("127.0.0.1"))
    assert found.level is Level.PROBLEM
    assert "not trusted" in found.what


async def test_a_closed_port_is_said(make: Make) -> None:
    """It may be closed from here alone."""
    (found,) = await certificate.check(make(public_url="https://127.0.0.1:1"))
    assert found.level is Level.WARNING
