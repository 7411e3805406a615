"""The certificate of public_url, as Telegram and fal see it: https://core.telegram.org/bots/webhooks."""

import asyncio
import ssl
import time
from collections.abc import Sequence

from infra.doctor.checks.address import Address
from infra.doctor.finding import Finding, ok, problem, warning
from infra.settings import Settings

_DAY = 24 * 3600
# Certificates are renewed a month, at the latest two weeks, before they expire.
_SOON_DAYS = 10
_PATIENCE = 10
# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/#error-codes


async def check(settings: Settings) -> Sequence[Finding]:
    address = Address.of(settings)
    if address is None or address.scheme != "https":
        return [ok("There is none to look at: public_url is not https.")]
    try:
        days = await _days_left(address)
    except ssl.SSLCertVerificationError as error:
        return [_refused(address, error)]
    except (OSError, TimeoutError) as error:
        return [
            warning(
                f"{address.host}:{address.port} could not be asked from here ({type(error).__name__}).",
                "See that the proxy runs and the port is open; some networks do not reach their own public address.",
            )
        ]
    return [_judge(days)]


async def _days_left(address: Address) -> float:
    async with asyncio.timeout(_PATIENCE):
        _, writer = await asyncio.open_connection(
            address.host, address.port, ssl=ssl.create_default_context()
        )
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / _DAY


def _judge(days: float) -> Finding:
    if days < _SOON_DAYS:
        return warning(
            f"It expires in {days:.0f} days.",
            "Whatever renews it does not: look at the proxy's log (Caddy: `journalctl -u caddy`).",
        )
    return ok(f"It is trusted, and good for {days:.0f} more days.")


def _refused(address: Address, error: ssl.SSLCertVerificationError) -> Finding:
    match error.verify_code:
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED
            return problem(
                "It has expired.", "Renew it, and look why nobody did: the proxy's log says."
            )
        case 62:  # X509_V_ERR_HOSTNAME_MISMATCH
            return problem(
                f"It is another host's, not {address.host}'s.",
                "Let the proxy serve a certificate for the host in public_url.",
            )
        case _:
            return problem(
                f"It is not trusted: {error.verify_message}.",
                "Serve one of a public authority, with its intermediate certificates; Caddy does by itself.",
            )
