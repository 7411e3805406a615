"""Check that public_url's host resolves to a public address, which Telegram and fal can reach."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from infra.doctor.checks.address import Address
from infra.doctor.finding import Finding, ok, problem, warning
from infra.settings import Settings


async def check(settings: Settings) -> Sequence[Finding]:
    address = Address.of(settings)
    if address is None:
        return [ok("Not checked: public_url is not set.")]
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )
    except socket.gaierror:
        return [
            problem(
                f"DNS does not know {address.host}.",
                "Add an A record (and AAAA, if the machine has IPv6) at the domain's DNS provider;"
                " a new record can take some minutes.",
            )
        ]
    found = sorted({str(answer[4][0]) for answer in answers})
    where = f"{address.host} is {', '.join(found)}"
    if not all(ipaddress.ip_address(one).is_global for one in found):
        return [
            warning(
                f"{where}, which is reachable from this machine or its network only.",
                "Telegram and fal need a public address; the local fakes do not.",
            )
        ]
    return [ok(f"{where}.")]
