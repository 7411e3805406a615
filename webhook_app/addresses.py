"""Which addresses belong to one client."""

from ipaddress import ip_address, ip_network


def client_of(host: str) -> str:
    """The address under which a client is counted; a customer has 2^64 IPv6 addresses, counted as one.

    Empty for what is no address. https://www.rfc-editor.org/rfc/rfc6177
    """
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    return str(ip_network(f"{address}/64", strict=False).network_address)
