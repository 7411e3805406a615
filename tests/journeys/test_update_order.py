"""Many chats at once: each update is handled once, in the order of its chat."""

import asyncio
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import TOKEN, Installation, eventually, said_on_failure
from tests.user import create_users
from tests.valkey import ValkeyServer

CHATS = 20
EACH = 10

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

type Updates = dict[int, list[dict[str, Any]]]


@pytest.fixture
def installation() -> Iterator[Installation]:
    """Only the fake Telegram runs at first, so that updates accumulate."""
    with tempfile.TemporaryDirectory() as directory, ValkeyServer(Path(directory)) as valkey:
        prepared = Installation(Path(directory), valkey.url, "webhook", chat_burst=2 * EACH)
        prepared.start_telegram()
        yield prepared
        for process in (prepared.web, prepared.worker, prepared.telegram):
            process.stop()


async def test_updates_are_handled_once_and_in_order(
    installation: Installation,
) -> None:
    """Twenty chats send ten updates each, each delivered up to three times, to two workers."""
    updates = await waiting_updates(installation)
    assert sum(map(len, updates.values())) == CHATS * EACH
    second_worker = installation.process("second-worker", "-m", "worker")
    for process in (installation.worker, second_worker, installation.web):
        process.start()
    try:
        with said_on_failure(installation):
            installation.wait_until_healthy()
            await asyncio.gather(*(post_updates(installation, chat) for chat in updates.values()))
            await eventually(partial(all_answered, installation), "everybody is answered")
            assert answered(await bot_answers(installation)) == asked(updates)
    finally:
        second_worker.stop()


async def waiting_updates(installation: Installation) -> Updates:
    """Let all users write, and fetch the updates from Telegram as a bot does."""
    users = await create_users(installation.telegram_url, CHATS)
    for number in range(EACH):
        await asyncio.gather(*(user.say(f"/unknown {number}") for user in users))
    await asyncio.gather(*(user.close() for user in users))
    found: Updates = defaultdict(list)
    async with httpx.AsyncClient(base_url=installation.telegram_url, trust_env=False) as http:
        offset = 0
        while updates := await get_updates(http, offset):
            offset = updates[-1]["update_id"] + 1
            for update in updates:
                found[update["message"]["chat"]["id"]].append(update)
    return found


async def get_updates(http: httpx.AsyncClient, offset: int) -> list[dict[str, Any]]:
    answer = await http.post(f"/bot{TOKEN}/getUpdates", json={"offset": offset})
    updates: list[dict[str, Any]] = answer.json()["result"]
    return updates


async def post_updates(installation: Installation, updates: list[dict[str, Any]]) -> None:
    """Deliver a chat's updates as Telegram does, one after another, some of them repeatedly."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": "a-secret-for-the-tests"}
    url = f"{installation.api_url}/telegram/webhook"
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        for index, update in enumerate(updates):
            for delivered in (update, *random.sample(updates[: index + 1], k=min(index, 2))):
                assert (await http.post(url, json=delivered)).status_code == 200


async def all_answered(installation: Installation) -> bool:
    return len(await bot_answers(installation)) >= CHATS * EACH


async def bot_answers(installation: Installation) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=installation.telegram_url, trust_env=False) as http:
        calls = (await http.get("/sent")).json()
    return [call for call in calls if call["method"] == "sendMessage" and call["status"] == 200]


def answered(answers: list[dict[str, Any]]) -> dict[int, list[int]]:
    """Return which messages were answered in each chat, in the order of the answers."""
    found = defaultdict(list)
    for call in answers:
        replied_to = json.loads(call["parameters"]["reply_parameters"])["message_id"]
        found[int(call["chat_id"])].append(replied_to)
    return dict(found)


def asked(updates: Updates) -> dict[int, list[int]]:
    return {
        chat: [update["message"]["message_id"] for update in of_chat]
        for chat, of_chat in updates.items()
    }
