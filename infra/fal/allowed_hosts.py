"""Origins to which requests for fal may go: the configured ones, fal's official backup and its media hosts."""

import re

import httpx

_BACKUPS = {"queue.fal.run": "queue.falrun.com"}
# Plain labels only: URL parsers disagree about where a host with other characters ends.
_MEDIA_HOST = re.compile(r"([a-z0-9-]+\.)*fal\.media")

Origin = tuple[str, str, int | None]


def origin(url: str | httpx.URL) -> Origin | None:
    """Return scheme, host and port; None if the URL is not http(s) or contains a user or password."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        return None
    return parsed.scheme, parsed.host, parsed.port


def require_origin(url: str, setting: str) -> Origin:
    """Return the origin of a configured URL. Raises ValueError that names the setting."""
    found = origin(url)
    if found is None:
        raise ValueError(f"{setting} must be an http(s) address such as https://queue.fal.run")
    return found


def with_backup(base: Origin) -> frozenset[Origin]:
    """Return the base's origin and that of fal's backup domain."""
    scheme, host, port = base
    return frozenset({base, (scheme, _BACKUPS.get(host, host), port)})


def at_backup(url: str) -> str | None:
    """Return the URL at fal's backup domain; None if its host has none."""
    parsed = httpx.URL(url)
    backup = _BACKUPS.get(parsed.host)
    return str(parsed.copy_with(host=backup)) if backup else None


def is_media(url: str, bases: frozenset[Origin]) -> bool:
    """Return whether a result may be fetched from the URL: fal's CDN over https, or a configured base."""
    found = origin(url)
    if found is None or found in bases:
        return found is not None
    scheme, host, port = found
    return scheme == "https" and port is None and _MEDIA_HOST.fullmatch(host) is not None
