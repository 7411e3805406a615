"""Redis behind Sentinels: the URL of a master, and connections to it.

`redis+sentinel://user:password@host:26379,host/0?service=name`. The master's address is queried on each connect, to
follow a fail-over at once. https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from redis import Redis
from redis.asyncio.connection import Connection
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.exceptions import RedisError, ResponseError

SCHEME = "redis+sentinel://"
_PORT = 26379
_SENTINEL_SECONDS = 1.0


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


class Masters:
    """The current master, from the first Sentinel that answers."""

    def __init__(self, url: SentinelUrl) -> None:
        self._service = url.service
        self._sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py's
            url.sentinels,
            sentinel_kwargs={
                "socket_timeout": _SENTINEL_SECONDS,
                "socket_connect_timeout": _SENTINEL_SECONDS,
            },
        )

    async def address(self) -> tuple[str, int]:
        """Raises ConnectionRefusedError while no Sentinel knows a master: it is retried like a server that is down."""
        try:
            host, port = await self._sentinel.discover_master(self._service)
        except (MasterNotFoundError, ResponseError) as error:
            raise ConnectionRefusedError(f"no Sentinel knows a master {self._service}") from error
        return host, port

    async def close(self) -> None:
        for sentinel in self._sentinel.sentinels:
            await sentinel.aclose()


class MasterConnection(Connection):
    """Unlike redis-py's own class, which tries a dead master for half a minute before it queries Sentinel again."""

    def __init__(self, *, masters: Masters, **options: Any) -> None:
        self._masters = masters
        super().__init__(**options)

    async def _connect(self) -> None:
        self.host, self.port = await self._masters.address()
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py's


class AnsweringSentinels(list[tuple[str, int]]):
    """Sentinels; iteration skips those that do not answer within a second.

    `arq --check` tries them in order without a timeout, so a dead host would delay it for minutes.
    """

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for host, port in super().__iter__():
            seconds, answers = _SENTINEL_SECONDS, False
            with (
                suppress(RedisError, OSError),
                Redis(
                    host, port, socket_timeout=seconds, socket_connect_timeout=seconds
                ) as sentinel,
            ):
                answers = bool(sentinel.ping())
            if answers:
                yield host, port
