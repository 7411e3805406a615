"""Validation of `tg_proxy` and `fal_proxy`; separate from infra/proxy.py, which is slow to load."""

from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "socks5")


def check_proxy_url(url: str) -> None:
    """Raise ValueError for an invalid URL, without quoting it: it may contain a password."""
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in _SCHEMES and parts.hostname and parts.port
    except ValueError:
        is_right = False
    if not is_right or parts.path.strip("/") or parts.query:
        raise ValueError("must look like socks5://user:password@host:1080, http://… or https://…")
