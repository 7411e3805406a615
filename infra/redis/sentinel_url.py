"""URL of a master behind Sentinels: `redis+sentinel://user:password@host:26379,host/0?service=name`."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

SCHEME = "redis+sentinel://"
_PORT = 26379


@dataclass(frozen=True)
class SentinelUrl:
    """User and password are Redis's, not Sentinel's; `service` is the master's name in Sentinel."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError without quoting the URL, which may contain a password."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        username, _, password = credentials.partition(":")
        service = parse_qs(parts.query).get("service", [""])[0]
        path = parts.path.strip("/")
        if not (hosts and service and path.isdigit() | (not path)):
            raise ValueError(
                f"must look like {SCHEME}host:26379,host:26379/0?service=name: the Sentinels, the number"
                " of the database, and the master's name in Sentinel"
            )
        sentinels = []
        for host in hosts.split(","):
            try:
                address = urlsplit(f"//{host.strip()}")
                name, port = address.hostname, address.port
            except ValueError:
                name, port = None, None
            if not name:
                raise ValueError("one of the Sentinels has no host, or its port is not a number")
            sentinels.append((name, port or _PORT))
        return cls(
            sentinels=tuple(sentinels),
            service=service,
            database=int(path or 0),
            username=unquote(username) or None,
            password=unquote(password) or None,
        )
