"""The real dispatcher in conversation with users of the fake Telegram."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiogram import Bot, Dispatcher

from tests.message import opener
from tests.user import Message, User, create_user
from worker.bot.dispatcher import handle
from worker.bot.services.error_messages import ErrorMessages
from worker.jobs.store import JobStore
from worker.model import Job

TOKEN = "424242:sandbox-token-for-the-bot"
NEVER_SEEN = 10_000_000
#: The fake's first user.
ADMIN = 1001

type Localized = Callable[[str, str], str]
"""Of what is said in Russian and in English, that in the language of a test."""


@dataclass
class Conversation:
    """Hand users' updates to the bot one after the other, when a test says so, so that no test waits."""

    telegram: httpx.AsyncClient
    bot: Bot
    dispatcher: Dispatcher
    jobs: JobStore
    _offset: int = field(default=0, init=False)
    _begun: float = field(default_factory=time.time, init=False)

    async def meet(self, first_name: str = "Аня", language: str = "ru") -> User:
        """Create a user who has pressed «Start»."""
        user = await create_user(str(self.telegram.base_url), first_name, language)
        await self.send_text(user, "/start")
        return user

    async def enter(self, user: User, language: str) -> None:
        """Let an existing user speak this language."""
        card = await self.send_text(user, "/lang")
        await self.press(user, card, {"ru": "Русский", "en": "English"}[language])

    async def updates(self) -> list[dict[str, Any]]:
        """Fetch the updates that are not handled yet."""
        path = f"/bot{TOKEN}/getUpdates"
        answer = await self.telegram.post(path, json={"offset": self._offset})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["result"]
        self._offset = max([self._offset, *(update["update_id"] + 1 for update in found)])
        return found

    async def handle(self, raw: Any) -> None:
        if await handle(self.dispatcher, self.bot, raw) and isinstance(raw, dict):
            # As the drain does it: worker/queues/drain.py.
            known = self.dispatcher
            error_messages = ErrorMessages(
                self.bot, known["access"], known["users"], known["texts"]
            )
            await error_messages.send(raw)

    async def catch_up(self) -> None:
        for update in await self.updates():
            await self.handle(update)

    async def fall_silent(self) -> None:
        """Let time pass without a message: delayed updates are handled again."""
        redis = self.dispatcher["redis"]
        for key in sorted(await redis.keys("darkroom:postponed:*")):
            await self.handle(json.loads(await redis.getdel(key)))

    async def send_text(self, user: User, text: str, reply_to: int | None = None) -> Message:
        """Send a text; return the bot's last message."""
        await user.say(text, reply_to)
        await self.catch_up()
        return await user.last_from_bot()

    async def press(self, user: User, message: Message, label: str) -> Mapping[str, Any]:
        """Press the button whose label starts so, with or without a mark; return the bot's answer.

        A button behind «⋯ More» is shown first.
        """
        more = opener(message)
        if more and not _matching(message, label):
            await user.press(message, more)
            await self.catch_up()
            message = await self.look(user, message)
        query = await user.press(message, _full_label(message, label))
        await self.catch_up()
        return await user.wait_for_answer(query)

    async def choose(self, user: User, card: Message, option: str, value: str) -> None:
        """Set an option on the settings card: by its own button, or in the list of values that it opens."""
        shown = await self.look(user, card)
        if not any(label.removeprefix("✓ ").startswith(value) for label in labels(shown)):
            await self.press(user, shown, f"{option}: ")
            shown = await self.look(user, card)
            if any(label.startswith(f"{option}: {value}") for label in labels(shown)):
                return
        await self.press(user, shown, value)

    async def agree(self, user: User) -> Message:
        """Confirm an order whose price is shown first; return the bot's last message."""
        await self.press(user, await user.last_from_bot(), "▶️ ")
        return await user.last_from_bot()

    async def calls(self, method: str) -> list[Mapping[str, Any]]:
        """Return the parameters of each of the bot's calls of a method in this test, oldest first."""
        calls = (await self.telegram.get("/sent")).raise_for_status().json()
        return [
            call["parameters"]
            for call in calls
            if call["method"] == method and call["at"] >= self._begun
        ]

    async def disturb(self, method: str, **fault: Any) -> None:
        """Let the next call of this method fail."""
        (await self.telegram.post("/faults", json={"method": method, **fault})).raise_for_status()

    async def look(self, user: User, message: Message) -> Message:
        """Return a message's current content."""
        found = await user.messages()
        return next(now for now in found if now["message_id"] == message["message_id"])

    async def is_shown(self, user: User, message: Message) -> bool:
        """Return whether a message is still in the chat."""
        found = await user.messages()
        return any(now["message_id"] == message["message_id"] for now in found)

    async def job(self, user: User) -> Job:
        """Return the newest job of a user."""
        page = await self.jobs.page(user_id=user.id, limit=1)
        assert page.jobs, await user.transcript()
        return page.jobs[0]

    async def job_count(self, user: User) -> int:
        return len((await self.jobs.page(user_id=user.id, limit=100)).jobs)


def labels(message: Message) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def forward(update: dict[str, Any]) -> dict[str, Any]:
    """Return the update of a message as one that the user has forwarded from somebody else."""
    message = update["message"]
    origin = {"type": "hidden_user", "date": message["date"], "sender_user_name": "Борис"}
    return update | {"message": message | {"forward_origin": origin}}


def _matching(message: Message, beginning: str) -> list[str]:
    return [label for label in labels(message) if label.removeprefix("✓ ").startswith(beginning)]


def _full_label(message: Message, beginning: str) -> str:
    matching = _matching(message, beginning)
    assert matching, f"no button {beginning!r} among {labels(message)}"
    return matching[0]
