"""Check of public_url's TLS certificate, which Telegram and fal verify: https://core.telegram.org/bots/webhooks."""

import asyncio
import ssl
import time
from collections.abc import Sequence

from infra.doctor.checks.address import Address
from infra.doctor.finding import Finding, ok, problem, warning
from infra.settings import Settings

_DAY = 24 * 3600
# Clients renew certificates a month, at the latest two weeks, before they expire.
_SOON_DAYS = 10
_TIMEOUT_SECONDS = 10
# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/#error-codes


async def check(settings: Settings) -> Sequence[Finding]:
    address = Address.of(settings)
    if address is None or address.scheme != "https":
        return [ok("Not checked: public_url is not https.")]
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(
                address.host, address.port, ssl=ssl.create_default_context()
            )
    except ssl.SSLCertVerificationError as error:
        return [explain_refusal(address, error)]
    except (OSError, TimeoutError) as error:
        return [
            warning(
                f"{address.host}:{address.port} is not reachable from here ({type(error).__name__}).",
                "Check that the proxy runs and the port is open. Some networks cannot reach their own public address.",
            )
        ]
    certificate = writer.get_extra_info("peercert")
    writer.close()
    days = (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / _DAY
    if days < _SOON_DAYS:
        return [
            warning(
                f"The certificate expires in {days:.0f} days.",
                "Its renewal fails: see the proxy's log (Caddy: `journalctl -u caddy`).",
            )
        ]
    return [ok(f"The certificate is trusted and valid for {days:.0f} more days.")]


def explain_refusal(address: Address, error: ssl.SSLCertVerificationError) -> Finding:
    match error.verify_code:
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED
            return problem(
                "The certificate has expired.",
                "Renew it, and see the proxy's log for why the renewal failed.",
            )
        case 62:  # X509_V_ERR_HOSTNAME_MISMATCH
            return problem(
                f"The certificate is for another host, not for {address.host}.",
                "Make the proxy serve a certificate for the host in public_url.",
            )
        case _:
            return problem(
                f"The certificate is not trusted: {error.verify_message}.",
                "Serve one of a public authority with its intermediate certificates, as Caddy does by default.",
            )
