"""A Valkey that answers and refuses commands, in each way that a real one does."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tests.processes import wait_until
from tests.valkey import ValkeyServer

type Way = Callable[[Redis, Path], contextlib.AbstractContextManager[None]]


def _setting(name: str, refusing: str, usual: str) -> Way:
    @contextlib.contextmanager
    def refuse(redis: Redis, _: Path) -> Iterator[None]:
        redis.config_set(name, refusing)
        try:
            yield
        finally:
            redis.config_set(name, usual)

    return refuse


@contextlib.contextmanager
def _without_master(redis: Redis, _: Path) -> Iterator[None]:
    redis.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        redis.replicaof("NO", "ONE")


@contextlib.contextmanager
def _without_stale_data(redis: Redis, folder: Path) -> Iterator[None]:
    redis.config_set("replica-serve-stale-data", "no")
    with _without_master(redis, folder):
        yield


@contextlib.contextmanager
def _unable_to_save(redis: Redis, folder: Path) -> Iterator[None]:
    (folder / "dump.rdb").mkdir()
    redis.config_set("save", "3600 1")
    redis.bgsave()
    wait_until(lambda: _has_failed_to_save(redis), "MISCONF")
    try:
        yield
    finally:
        redis.config_set("save", "")


@contextlib.contextmanager
def _busy(redis: Redis, _: Path) -> Iterator[None]:
    redis.config_set("busy-reply-threshold", "1")

    def loop() -> None:
        with contextlib.suppress(RedisError):
            redis.eval("while true do end", 0)

    script = threading.Thread(target=loop)
    script.start()
    wait_until(lambda: _is_refused(redis), "BUSY")
    try:
        yield
    finally:
        redis.script_kill()
        script.join()


def _has_failed_to_save(redis: Redis) -> bool:
    state: Any = redis.info("persistence")
    return bool(state["rdb_last_bgsave_status"] == "err")


def _is_refused(redis: Redis) -> bool:
    try:
        redis.ping()
    except RedisError:
        return True
    return False


WAYS: dict[str, Way] = {
    "OOM": _setting("maxmemory", "1", "0"),
    "READONLY": _without_master,
    "MASTERDOWN": _without_stale_data,
    "NOREPLICAS": _setting("min-replicas-to-write", "1", "0"),
    "MISCONF": _unable_to_save,
    "BUSY": _busy,
    "MAXCLIENTS": _setting("maxclients", "1", "10000"),
}


@contextlib.contextmanager
def refusing(valkey: ValkeyServer, code: str) -> Iterator[None]:
    """Make a server refuse commands until the end of the block."""
    with Redis.from_url(valkey.url) as redis:
        redis.ping()  # Connect before the server refuses connections: the way back needs one.
        with WAYS[code](redis, valkey.directory):
            yield
