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
    """A certificate authority that this process trusts, by OpenSSL's environment variable."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return ca


@asynccontextmanager
async def tls(leaf: trustme.LeafCert) -> AsyncIterator[str]:
    """Serve this certificate and no content."""
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


async def test_trusted_certificate_passes(make: Make, authority: trustme.CA) -> None:
    """A trusted certificate passes, and its remaining days are reported."""
    found = await look(make, authority.issue_cert("127.0.0.1", not_after=days(60)))
    assert found.level is Level.OK
    assert "59" in found.what or "60" in found.what


async def test_certificate_that_expires_soon_is_a_warning(
    make: Make, authority: trustme.CA
) -> None:
    """A certificate that expires soon is a warning."""
    found = await look(make, authority.issue_cert("127.0.0.1", not_after=days(5)))
    assert found.level is Level.WARNING


async def test_expired_certificate_is_a_problem(make: Make, authority: trustme.CA) -> None:
    """An expired certificate is a problem: Telegram delivers nothing to it."""
    leaf = authority.issue_cert("127.0.0.1", not_before=days(-90), not_after=days(-1))
    found = await look(make, leaf)
    assert found.level is Level.PROBLEM
    assert "expired" in found.what


async def test_certificate_of_another_host_is_a_problem(make: Make, authority: trustme.CA) -> None:
    """A certificate for another host is a problem that names the host of public_url."""
    found = await look(make, authority.issue_cert("elsewhere.example"))
    assert found.level is Level.PROBLEM
    assert "127.0.0.1" in found.what


async def test_certificate_of_an_unknown_authority_is_a_problem(
    make: Make, authority: trustme.CA
) -> None:
    """A self-signed certificate, or a chain without its intermediate, is a problem."""
    found = await look(make, trustme.CA().issue_cert("127.0.0.1"))
    assert found.level is Level.PROBLEM
    assert "not trusted" in found.what


async def test_closed_port_is_reported(make: Make) -> None:
    """A closed port is reported as possibly closed from here only."""
    (found,) = await certificate.check(make(public_url="https://127.0.0.1:1"))
    assert found.level is Level.WARNING
