"""Which addresses fal may send us to: the configured ones, its official backup, its media hosts."""

import re

import httpx

_BACKUPS = {"queue.fal.run": "queue.falrun.com"}
# Labels of plain letters: what else a parser takes for a name, another may cut in two.
_MEDIA_HOST = re.compile(r"([a-z0-9-]+\.)*fal\.media")

Origin = tuple[str, str, int | None]


def origin(url: str) -> Origin | None:
    """Scheme, host and port; None for what is no http address, or carries a user or password."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo:
        return None
    return parsed.scheme, parsed.host, parsed.port


def require_origin(url: str, setting: str) -> Origin:
    """The origin of a configured address; ValueError names the setting when it has none."""
    found = origin(url)
    if found is None:
        raise ValueError(f"{setting} must be an http(s) address such as https://queue.fal.run")
    return found


def with_backup(base: Origin) -> frozenset[Origin]:
    """The base and the host that fal answers from when its first domain is in trouble."""
    scheme, host, port = base
    return frozenset({base, (scheme, _BACKUPS.get(host, host), port)})


def is_media(url: str, bases: frozenset[Origin]) -> bool:
    """Whether a result may be fetched from there: fal's CDN over https, or a configured base."""
    found = origin(url)
    if found is None or found in bases:
        return found is not None
    scheme, host, port = found
    return scheme == "https" and port is None and _MEDIA_HOST.fullmatch(host) is not None
