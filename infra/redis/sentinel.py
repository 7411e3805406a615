"""Connections to Sentinel's master, whose address is queried on each connect, to follow a fail-over at once.

https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.asyncio.connection import Connection
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.exceptions import RedisError, ResponseError

from infra.redis.sentinel_url import SentinelUrl

_SENTINEL_SECONDS = 1.0


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
