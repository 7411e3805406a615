"""Grouping of IP addresses by client, for limits."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """Parse an address. A dual-stack server sees IPv4 clients as ::ffff:192.0.2.1."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


def client_of(host: str) -> str:
    """Return the address under which limits count a client, or an empty string if `host` is not an address.

    An IPv6 /64 counts as one client: https://www.rfc-editor.org/rfc/rfc6177
    """
    address = parse_address(host)
    if address is None:
        return ""
    if address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/64", strict=False).network_address)
