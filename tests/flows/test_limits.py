"""Budgets and job limits: a refusal gives the next step, and an admin can raise the limit."""

import asyncio
import re

import pytest

from tests.flows.administration import limited, set_limit, set_role
from tests.flows.orders import make_picture
from tests.message import has_job_id, is_photo, job_id, labels, words
from tests.user import User
from worker.bot.debounce import REPEATED_WITHIN_MS
from worker.limits.limits import Limit

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

RESET = re.compile(r"in \d+ (h|min)")
TOO_MANY = re.compile(r"1 job under way.* 1 at once")


async def test_daily_budget_refuses_until_raised(admin: User, ben: User) -> None:
    """The refusal says what is spent, when the budget resets and whom to ask. After a raise the order works."""
    order = "three lighthouses --count 3"
    async with limited(admin, Limit.USER_DAILY_BUDGET, "0,01"):
        await make_picture(ben, order)
        await ben.say(f"/image {order}")
        refusal = words(await ben.wait_for_text("You have spent $0.009 of $0.01 today"))
        assert "costs about $0.009" in refusal
        assert RESET.search(refusal)
        assert "Ask for a larger budget: Аня" in refusal
        await set_limit(admin, Limit.USER_DAILY_BUDGET, "5")
        await make_picture(ben, order)


async def test_monthly_budget_refuses_until_raised(admin: User, anya: User) -> None:
    """In Russian: the refusal names the month, /money shows what is left of it, and a raise applies at once."""
    # In English: a translation would cost a little more.
    order = "three lighthouses --count 3"
    async with limited(admin, Limit.USER_MONTHLY_BUDGET, "0,01"):
        await make_picture(anya, order)
        await anya.say(f"/image {order}")
        said = await anya.wait_for_text(
            "В этом месяце вы потратили $0,009 из $0,01, осталось $0,001"
        )
        assert re.search(r"Счёт обнулится через \d+ (ч|мин|д)", words(said))
        await anya.say("/money")
        left = words(await anya.wait_for_text("Осталось на месяц"))
        assert "Осталось на месяц: $0,001 из $0,01" in left
        await set_limit(admin, Limit.USER_MONTHLY_BUDGET, "5")
        await make_picture(anya, order)


async def test_guest_has_a_budget_of_their_own(admin: User, ben: User) -> None:
    """An admin makes a user a guest, whose next order is refused, and a member again, whose order works."""
    order = "three lighthouses --count 3"
    await ben.say("/start")
    async with limited(admin, Limit.GUEST_DAILY_BUDGET, "0.01"):
        await make_picture(ben, order)
        await set_role(admin, ben, "button-make-guest")
        await ben.say(f"/image {order}")
        refusal = words(await ben.wait_for_text("Guests may spend $0.01 a day"))
        assert RESET.search(refusal)
        await ben.say("/money")
        await ben.wait_for_text("Left of your guest budget today: $0.001 of $0.01")
        await set_role(admin, ben, "button-make-member")
        await make_picture(ben, order)


async def test_team_budget_refuses_everybody_until_raised(
    admin: User, anya: User, ben: User
) -> None:
    """One user's spending counts for all; a user who spent nothing gets the refusal, too, in their language."""
    await make_picture(anya, "маяк --count 4")
    async with limited(admin, Limit.TEAM_DAILY_BUDGET, "0.01"):
        await ben.say("/image a lighthouse")
        refusal = words(await ben.wait_for_text("The team has spent $"))
        assert "of $0.01 today" in refusal
        assert RESET.search(refusal)
        assert "Ask for a larger budget: Аня" in refusal
        await anya.say("/image лодка")
        assert re.search(r"через \d+ (ч|мин)", words(await anya.wait_for_text("Сегодня команда")))
        await set_limit(admin, Limit.TEAM_DAILY_BUDGET, "500")
        await make_picture(ben, "a lighthouse")


async def test_job_limit_names_the_active_job(admin: User, ben: User) -> None:
    """The refusal names the active job; after that job is cancelled, the same order works."""
    async with limited(admin, Limit.USER_MAX_JOBS, "1"):
        await ben.say("/image a house on a hill #stuck")
        first = job_id(await ben.wait_for(has_job_id))
        await ben.say("/image a lighthouse")
        refusal = words(await ben.wait_for(lambda message: TOO_MANY.search(words(message))))
        assert first in refusal
        assert "a house on a hill" in refusal
        await ben.say(f"/cancel {first}")
        await ben.wait_for_text("Cancelled.", timeout=20)
        assert "a lighthouse" in words(await make_picture(ben, "a lighthouse"))


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_refused_order_is_queued_and_starts_by_itself(
    admin: User, anya: User, ben: User, language: str
) -> None:
    """The refusal becomes the job message; when the job before it ends, the result comes without another press."""
    user, queue = {
        "ru": (anya, "⏳ Поставить в очередь"),
        "en": (ben, "⏳ Add to the queue"),
    }[language]
    async with limited(admin, Limit.USER_MAX_JOBS, "1"):
        await user.say("/image a house on a hill #stuck")
        first = job_id(await user.wait_for(has_job_id))
        await user.say("/image a lighthouse")
        refusal = await user.wait_for(lambda message: queue in labels(message))
        await user.press(refusal, queue)
        number = refusal["message_id"]
        await user.wait_for(lambda now: now["message_id"] == number and queue not in labels(now))
        await user.say(f"/cancel {first}")
        result = await user.wait_for(is_photo, timeout=30)
        assert "a lighthouse" in words(result)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_named_job_is_cancelled_for_a_new_order(
    admin: User, anya: User, ben: User, language: str
) -> None:
    """One press cancels the job that the button names, and the new order goes on."""
    user, instead = {
        "ru": (anya, "✖️ Отменить «a house on a hill #…»"),
        "en": (ben, "✖️ Cancel “a house on a hill #…”"),
    }[language]
    async with limited(admin, Limit.USER_MAX_JOBS, "1"):
        await user.say("/image a house on a hill #stuck")
        await user.wait_for(has_job_id)
        await user.say("/image a lighthouse")
        refusal = await user.wait_for(lambda message: instead in labels(message))
        await user.press(refusal, instead)
        assert "a lighthouse" in words(await user.wait_for(is_photo, timeout=30))


async def test_admin_raises_the_job_limit(admin: User, ben: User) -> None:
    """The refused order works while the first job still waits."""
    async with limited(admin, Limit.USER_MAX_JOBS, "1"):
        await ben.say("/image a house on a hill #stuck")
        first = job_id(await ben.wait_for(has_job_id))
        await ben.say("/image a lighthouse")
        await ben.wait_for(lambda message: TOO_MANY.search(words(message)))
        await set_limit(admin, Limit.USER_MAX_JOBS, "2")
        await ben.say("/image a lighthouse")
        await ben.wait_for(is_photo, timeout=20)
    await ben.say(f"/cancel {first}")
    await ben.wait_for_text("Cancelled.", timeout=20)


async def test_button_over_budget_gets_one_answer(admin: User, ben: User) -> None:
    """A press over budget shows only the refusal, not a start; with budget left the same button works."""
    result = await make_picture(ben, "a lighthouse")
    async with limited(admin, Limit.USER_DAILY_BUDGET, "0.01"):
        answer = await ben.wait_for_answer(await ben.press(result, "✨ Variations"))
        assert not answer.get("text")
        await ben.wait_for_text("You have spent")
        await set_limit(admin, Limit.USER_DAILY_BUDGET, "5")
        await asyncio.sleep(REPEATED_WITHIN_MS / 1000)  # a press within it counts as the same press
        answer = await ben.wait_for_answer(await ben.press(result, "✨ Variations"))
        assert answer["text"] == "Making four like this"
        await ben.wait_for_text("What next?", timeout=30)
