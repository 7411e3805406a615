import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.redis.client import connect
from infra.run import valkey
from infra.run.probes import RedisAnswers
from tests.infra.run.programs import until_answered


@contextmanager
def running(data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    valkey.make_folders(data_dir)
    with subprocess.Popen(valkey.command(data_dir), stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(params=["run dir", "long" * 40])
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    data_dir = tmp_path / request.param / "valkey"
    yield data_dir
    folder = valkey.socket_path(data_dir).parent
    for left in folder.glob("valkey.sock"):
        left.unlink()
    if folder != data_dir:
        folder.rmdir()


async def test_written_data_survives_a_kill(data_dir: Path) -> None:
    """Jobs survive kill -9, whatever the name and the length of the data folder's path."""
    redis = connect(valkey.url(data_dir), retries=0)
    with running(data_dir):
        await until_answered(RedisAnswers(valkey.url(data_dir)))
        await redis.set("job", "kept")
    with running(data_dir):
        await until_answered(RedisAnswers(valkey.url(data_dir)))
        assert await redis.get("job") == b"kept"
        settings = await redis.config_get("maxmemory-policy")
        assert settings == {"maxmemory-policy": "noeviction"}
    await redis.aclose(close_connection_pool=True)


def test_socket_fits_the_kernel(tmp_path: Path) -> None:
    """A clone in a deep folder works like any other."""
    assert len(str(valkey.socket_path(tmp_path / ("deep/" * 40)))) <= 100


async def test_worker_is_ready_when_all_its_queues_are(valkey_url: str) -> None:
    """Two of three queues are not a running worker."""
    redis = connect(valkey_url)
    probe = RedisAnswers(valkey_url, ("one", "two"))
    await redis.set("one", "1")
    assert await probe() is None
    await redis.set("two", "2")
    first = await probe()
    await redis.set("two", "3")
    assert first != await probe()
    await redis.aclose(close_connection_pool=True)
