"""A model that the code has never heard of, from one command to the chat."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.fal.models.kept import FOLLOW_SECONDS
from infra.fal.models.stored import Stored
from tests.fal_process import run_fal
from tests.message import has_job_id, is_photo, labels, words
from tests.processes import ROOT, Installation, said_on_failure
from tests.terminal import DARKROOM
from tests.user import Message, User, create_users
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAINTER, TITLE = "acme/painter", "Painter"
ADMIN = 1001
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
        "fal_run_base_url": fal,
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


async def _offer_painter(telegram_url: str) -> None:
    """Offer it in /admin → Models, as the admin does."""
    async with User(telegram_url, ADMIN) as admin:
        await admin.say("/admin")
        card = await admin.wait_for_text("Расход")
        for label in ("🧠 Модели", "🖼 Изображение", "➕ Добавить модель"):
            card = await _press(admin, card, label)
        while not any(text.startswith(TITLE) for text in labels(card)):
            card = await _press(admin, card, "›")
        card = await _press(admin, card, TITLE)
        assert TITLE in words(card)


async def _press(user: User, card: Message, label: str) -> Message:
    """Press a button of a card that edits itself; return the card after it."""
    pressed = next(text for text in labels(card) if text.startswith(label))
    before = (words(card), labels(card))
    await user.press(card, pressed)

    def is_changed(message: Message) -> bool:
        same = message["message_id"] == card["message_id"]
        return same and (words(message), labels(message)) != before

    return await user.wait_for(is_changed, timeout=20)


async def test_added_model_works_on_two_workers_and_follows_its_price(
    fal: str, tmp_path: Path
) -> None:
    """Added by one command while two workers run, offered by an admin, ordered by four users with --model.

    A refresh changes its price without a restart.
    """
    await _serve_painter(fal)
    with ValkeyServer(tmp_path) as valkey:
        installed = Installation(tmp_path, valkey.url, settings={"tg_admin_user_ids": str(ADMIN)})
        second = installed.process("worker-2", "-m", "worker")
        with installed, said_on_failure(installed):
            second.start()
            try:
                await _serve_painter(installed.fal_url)
                users = await create_users(installed.telegram_url, ORDERS)
                await users[0].say("/image яблоко --model painter")
                await users[0].wait_for_text("такой модели здесь нет")
                assert "Added." in await _run(fal, valkey.url, tmp_path, "add", PAINTER)
                # Every process follows the models that are kept; the list is read for each message.
                await asyncio.sleep(FOLLOW_SECONDS + 1)
                await _offer_painter(installed.telegram_url)
                for user in users:
                    await user.say("/image красное яблоко --model painter")
                for user in users:
                    image = await user.wait_for(is_photo, timeout=40)
                    await user.press(image, "ℹ️ Подробности")
                    await user.wait_for_text(TITLE)
                await _serve_painter(fal, dollars=0.5)
                assert "dearer" in await _run(fal, valkey.url, tmp_path, "refresh")
                await asyncio.sleep(FOLLOW_SECONDS + 1)
                await users[0].say("/image зелёное яблоко --model painter")
                card = await users[0].wait_for_text("Стоимость: ≈ $0,50")
                assert "▶️ Начать · $0,50" in labels(card)
                assert not has_job_id(card)
            finally:
                second.stop()
