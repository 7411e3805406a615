from urllib.parse import urlsplit

from starlette.requests import Request


def origin(request: Request) -> str:
    """Return the base URL by which the caller reached us: URLs in responses must be reachable from there."""
    return f"{request.url.scheme}://{request.url.netloc}"


def is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
