"""Admins: access requests, the allowlist and usage."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.flows.administration import open_card
from tests.flows.conftest import ADMIN_ID
from tests.flows.orders import make_picture
from tests.message import Message, buttons, is_photo, labels, words
from tests.processes import Installation, said_on_failure
from tests.user import User, create_user
from tests.valkey import ValkeyServer
from worker.bot.admin_callback_data import Administer, Section

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

ASK = "🙋 Ask for access"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with an allowlist that has only the admin."""
    settings = {"tg_admin_user_ids": str(ADMIN_ID), "tg_allowed_user_ids": str(ADMIN_ID)}
    with (
        ValkeyServer(tmp_path_factory.mktemp("valkey")) as valkey,
        Installation(
            tmp_path_factory.mktemp("team"),
            valkey.url,
            "webhook",
            chat_burst=60,
            settings=settings,
        ) as running,
    ):
        yield running


@pytest.fixture
async def admin(installation: Installation) -> AsyncIterator[User]:
    """The admin, who has written to the bot: a bot cannot write first."""
    async with User(installation.telegram_url, ADMIN_ID) as somebody:
        with said_on_failure(installation):
            await open_card(somebody)
            yield somebody


@pytest.fixture
async def stranger(installation: Installation) -> AsyncIterator[User]:
    """A new user who speaks English."""
    async with await create_user(installation.telegram_url, "Olga", "en") as somebody:
        yield somebody


async def request_access(stranger: User) -> Message:
    """Write to the bot, get refused, request access; return the confirmation."""
    await stranger.say("/image a lighthouse")
    refusal = await stranger.wait_for_text("you are not on the list yet")
    assert str(stranger.id) in words(refusal)
    answer = await stranger.wait_for_answer(await stranger.press(refusal, ASK))
    assert "went to the administrator" in answer["text"]
    return refusal


async def decide(admin: User, stranger: User, label: str) -> None:
    request = await admin.wait_for_text("Просит доступ: Olga")
    assert str(stranger.id) in words(request)
    assert labels(request) == ["✅ Разрешить", "Отклонить"]
    await admin.press(request, label)
    decided = await admin.wait_for(
        lambda message: not buttons(message) and "Olga" in words(message)
    )
    assert decided["message_id"] == request["message_id"]


async def allow(admin: User, somebody: User) -> None:
    """Allow a user by id, without a request."""
    await admin.press(await open_card(admin), "👥 Люди")
    await admin.wait_for_text("пришлите его номер")
    await admin.say(str(somebody.id))
    await admin.wait_for_text("Доступ открыт администратором")


async def test_access_request_is_approved(admin: User, stranger: User) -> None:
    """The admin sees who asks and approves by a press; the user is notified, and the next order works."""
    await request_access(stranger)
    await decide(admin, stranger, "✅ Разрешить")
    await stranger.wait_for_text("You have access")
    assert "a lighthouse" in words(await make_picture(stranger, "a lighthouse"))


async def test_access_request_is_declined(admin: User, stranger: User) -> None:
    """The user learns whom to contact; an order is refused, and the next request is possible after a day."""
    refusal = await request_access(stranger)
    await decide(admin, stranger, "Отклонить")
    await stranger.wait_for_text("has not given you access")
    again = await stranger.wait_for_answer(await stranger.press(refusal, ASK))
    assert "sent already" in again["text"]
    await stranger.say("/image a lighthouse")
    await open_card(admin)
    assert not list(filter(is_photo, await stranger.from_bot()))


async def test_admin_allows_and_removes_a_user_by_id(admin: User, stranger: User) -> None:
    """One message of the admin allows the user, one press removes them again."""
    await allow(admin, stranger)
    result = await make_picture(stranger, "a lighthouse")
    await admin.press(await open_card(admin), "👥 Люди")
    users = await admin.wait_for_text("пришлите его номер")
    await admin.press(users, button_of(stranger))
    card = await admin.wait_for_text(str(stranger.id))
    await admin.press(card, "🚫 Закрыть доступ")
    await admin.wait_for_text("🚫 Доступ закрыт")
    answer = await stranger.wait_for_answer(await stranger.press(result, "🔁 Again"))
    assert "for its own team only" in answer["text"]
    await stranger.say("/image a boat")
    await stranger.wait_for_text("you are not on the list yet")
    assert len(list(filter(is_photo, await stranger.from_bot()))) == 1


def button_of(somebody: User) -> str:
    """Return the buttons with this label: several may have it."""
    return Administer(owner=ADMIN_ID, section=Section.USER, about=str(somebody.id)).pack()


async def test_usage_lists_users_and_models(installation: Installation, admin: User) -> None:
    """Usage of today and of seven days, by user and by model, includes the newest jobs."""
    before = jobs_with(words(await open_card(admin)), "FLUX.1 schnell")
    async with await create_user(installation.telegram_url, "Vera", "en") as vera:
        await allow(admin, vera)
        await make_picture(vera, "two boats --count 2")
    card = await open_card(admin)
    await admin.press(card, "7 дней")
    week = await admin.wait_for_text("Расход за 7 дней")
    for account in (words(card), words(week)):
        assert "• Vera — 1 задание, $0,006" in account
        assert jobs_with(account, "FLUX.1 schnell") == before + 1
        assert jobs_with(account, "Всего:") == before + 1


def jobs_with(account: str, name: str) -> int:
    """Return the number of jobs in this row."""
    found = re.search(rf"{re.escape(name)}\D*(\d+) задани", account)
    return int(found[1]) if found else 0
