"""/my and cancelling."""

import pytest

from tests.flows.orders import make_picture
from tests.message import Message, labels, words
from tests.processes import Installation
from tests.user import User

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
STOPPED, FINISHED = "Сервис остановил работу", "Отменить не вышло"


def says_how_it_ended(message: Message) -> bool:
    return STOPPED in words(message) or FINISHED in words(message)


async def test_history_opens_and_stars_an_image(anya: User) -> None:
    """/my sends a contact sheet; a number opens an image with all its buttons; a star adds it to the favourites."""
    await make_picture(anya, "маяк ночью")
    result = await make_picture(anya, "лодка у берега")
    await anya.say("/my")
    sheet = await anya.wait_for_text("1–2 из 2")
    await anya.press(sheet, "1")
    detail = await anya.wait_for_text("лодка у берега")
    assert detail["message_id"] == sheet["message_id"]
    assert labels(detail) == [*labels(result), "← К списку"]
    await anya.press(detail, "☆ В избранное")
    starred = await anya.wait_for(lambda message: "⭐ В избранном" in labels(message))
    await anya.press(starred, "← К списку")
    await anya.press(await anya.wait_for_text("1–2 из 2"), "⭐ Избранное")
    await anya.wait_for_text("1 из 1")


async def test_cancel_a_job_in_fals_queue(installation: Installation, anya: User) -> None:
    """The job leaves fal's queue, nothing is charged, and the card says so."""
    await anya.say("/image дом на горе #stuck")
    card = await anya.wait_for_text("вы следующие", timeout=20)
    await anya.press(card, "✖️ Отменить")
    cancelled = await anya.wait_for_text("снято с очереди", timeout=20)
    assert cancelled["message_id"] == card["message_id"]
    assert labels(cancelled) == ["🔁 Ещё раз · $0,003"]


async def test_cancel_a_job_that_fal_runs(anya: User) -> None:
    """fal is asked to stop. The card says whether it did; a result that was finished before is still delivered."""
    await anya.say("/video волны на закате #slow")
    await anya.agree()
    card = await anya.wait_for_text("В работе", timeout=30)
    await anya.say("/cancel")
    await anya.wait_for(lambda message: "Отменяю задание" in words(message))
    ended = await anya.wait_for(says_how_it_ended, timeout=30)
    assert ended["message_id"] == card["message_id"]
    clips = [message for message in await anya.from_bot() if "video" in message]
    assert bool(clips) == (FINISHED in words(ended))
    await anya.say("/cancel")
    await anya.wait_for_text("ничего не выполняется")
