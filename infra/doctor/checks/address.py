"""Scheme, host and port of public_url."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from infra.settings import Settings

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Address:
    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Parse public_url; None if it is not set or has no host."""
        parts = urlsplit(settings.public_url or "")
        if not parts.hostname:
            return None
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme, 443))
