"""A model that the code has never heard of, from one command to the chat."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.fal.models.stored import Stored
from tests.fal_process import run_fal
from tests.message import has_job_id, is_photo, labels, words
from tests.processes import ROOT, Installation, said_on_failure
from tests.terminal import DARKROOM
from tests.user import create_users
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAINTER = "acme/painter"
ORDERS = 4


@pytest.fixture
def fal(tmp_path: Path) -> Iterator[str]:
    """A fake that the command asks before the installation runs."""
    folder = tmp_path / "fal-before"
    folder.mkdir()
    with run_fal(folder) as url:
        yield url


async def _serve_painter(fal: str, dollars: float = 0.08) -> None:
    model = json.loads(Stored.read("fal-ai/nano-banana-2").dumps())
    model |= {"endpoint": PAINTER, "price": model["price"] | {"unit_price": dollars}}
    async with httpx.AsyncClient(trust_env=False) as http:
        (await http.put(f"{fal}/models/{PAINTER}", json=model)).raise_for_status()


async def _run(fal: str, redis_url: str, folder: Path, *arguments: str) -> str:
    environment = {
        "PYTHONPATH": str(ROOT),
        "redis_url": redis_url,
        "fal_api_key": "any:thing",
        "fal_platform_base_url": fal,
    }
    process = await asyncio.create_subprocess_exec(
        DARKROOM,
        "models",
        *arguments,
        env=environment,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode()


async def test_added_model_works_on_two_workers_and_follows_its_price(
    fal: str, tmp_path: Path
) -> None:
    """Added by one command, ordered by four users on two workers; a refresh changes its price without a restart."""
    await _serve_painter(fal)
    with ValkeyServer(tmp_path) as valkey:
        assert "Added." in await _run(fal, valkey.url, tmp_path, "add", PAINTER)
        settings = {"fal_premium_model": PAINTER}
        installed = Installation(tmp_path, valkey.url, settings=settings)
        second = installed.process("worker-2", "-m", "worker")
        with installed, said_on_failure(installed):
            second.start()
            try:
                await _serve_painter(installed.fal_url)
                users = await create_users(installed.telegram_url, ORDERS)
                for user in users:
                    await user.say("/image премиум красное яблоко")
                for user in users:
                    assert PAINTER in words(await user.wait_for(is_photo, timeout=40))
                await _serve_painter(fal, dollars=0.5)
                assert "dearer" in await _run(fal, valkey.url, tmp_path, "refresh")
                await asyncio.sleep(6)
                await users[0].say("/image премиум зелёное яблоко")
                card = await users[0].wait_for_text("Стоимость: ≈ $0,50")
                assert "▶️ Начать · $0,50" in labels(card)
                assert not has_job_id(card)
            finally:
                second.stop()
