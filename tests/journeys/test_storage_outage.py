"""An object store that is down while a result is collected."""

import asyncio
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.message import Message, is_photo
from tests.object_store import S3
from tests.processes import Installation, eventually, said_on_failure
from tests.user import User, create_user
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3]:
    with S3(tmp_path) as server:
        yield server


@pytest.fixture
def installation(s3: S3) -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(
            Path(directory),
            valkey.url,
            settings={"storage_url": s3.storage_url, **s3.environment},
        ) as running,
    ):
        yield running


async def test_storage_outage_delays_the_result(installation: Installation, s3: S3) -> None:
    """Its server stops while the job is collecting and starts again: one image, paid once, then done."""
    async with await create_user(installation.telegram_url, "Аня") as anya:
        with said_on_failure(installation):
            await asyncio.to_thread(s3.stop)
            await anya.say("/image дом у моря")
            log = installation.worker.log
            await eventually(
                partial(_says, log, "cannot be fetched yet"), "the collect step has failed"
            )
            assert not await _pictures(anya)
            await asyncio.to_thread(s3.start)
            await anya.wait_for(is_photo, timeout=60)
            await asyncio.sleep(1)
            assert len(await _pictures(anya)) == 1
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (
                    len((await http.get(f"{installation.fal_url}/requests?queued=1")).json()) == 1
                )


async def _pictures(user: User) -> list[Message]:
    return [message for message in await user.from_bot() if is_photo(message)]


async def _says(log: Path, words: str) -> bool:
    return words in await asyncio.to_thread(log.read_text)
