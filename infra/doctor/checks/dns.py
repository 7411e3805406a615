"""Whether the name in public_url leads somewhere, and to where Telegram and fal can come."""

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
        return [ok("public_url is not set: nobody has to find this machine.")]
    try:
        found = await _resolve(address)
    except socket.gaierror:
        return [
            problem(
                f"{address.host} is no name that DNS knows.",
                "Add an A record (and AAAA, if the machine has IPv6) at whoever keeps the domain;"
                " a new one may take some minutes.",
            )
        ]
    return [_judge(address, found)]


async def _resolve(address: Address) -> list[str]:
    answers = await asyncio.get_running_loop().getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM
    )
    return sorted({str(answer[4][0]) for answer in answers})


def _judge(address: Address, found: list[str]) -> Finding:
    where = f"{address.host} is {', '.join(found)}"
    private = [one for one in found if not ipaddress.ip_address(one).is_global]
    if private:
        return warning(
            f"{where}: reached from this machine or its network only.",
            "Real Telegram and fal need a public address; for the stand-ins this one will do.",
        )
    return ok(f"{where}.")
