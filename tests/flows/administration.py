"""The /admin dialog, in Russian, as flows use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.i18n import Texts
from tests.message import Message, labels, words
from tests.user import User
from worker.limits.limits import Limit

UNLIMITED = "0"

_SAY = Texts().speaking("ru")


async def open_card(admin: User) -> Message:
    """Open the card with today's usage."""
    await admin.say("/admin")
    return await admin.wait_for_text("Расход за сегодня")


async def set_limit(admin: User, limit: Limit, value: str) -> None:
    """Type a limit as a number."""
    await admin.press(await open_card(admin), _SAY.plain("button-admin-limits"))
    name = _SAY.plain(f"limit-{limit}")
    card = await admin.wait_for(lambda card: any(name in label for label in labels(card)))
    await admin.press(card, labelled(card, name))
    await admin.wait_for_text("0 — без лимита")
    await admin.say(value)
    await admin.wait_for_text("Сейчас:")


async def set_role(admin: User, user: User, button: str) -> None:
    """Open a user's card by their id, and press the button of a role."""
    await admin.press(await open_card(admin), _SAY.plain("button-admin-users"))
    await admin.wait_for_text("Нажмите на имя")
    await admin.say(str(user.id))
    label = _SAY.plain(button)
    card = await admin.wait_for(lambda card: label in labels(card))
    await admin.press(card, label)
    await admin.wait_for(lambda card: "Роль: " in words(card) and label not in labels(card))


@asynccontextmanager
async def limited(admin: User, limit: Limit, value: str) -> AsyncIterator[None]:
    """Set a limit as an admin, and reset it afterwards: all flows share the installation."""
    await set_limit(admin, limit, value)
    try:
        yield
    finally:
        await set_limit(admin, limit, UNLIMITED)


def labelled(card: Message, beginning: str) -> str:
    """Return the full label of the button that starts with this text."""
    return next(label for label in labels(card) if label.startswith(beginning))
