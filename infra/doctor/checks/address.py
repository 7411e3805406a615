"""public_url, taken apart."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from infra.settings import Settings

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Address:
    """Where public_url leads."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None: there is no public_url, or none with a host."""
        parts = urlsplit(settings.public_url or "")
        if not parts.hostname:
            return None
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme, 443))
