"""The card that answers an order during an outage of Telegram: the job continues, and its card is sent later, once."""

from typing import Any

import pytest

from tests.user import User
from tests.worker.bot.conversation import Conversation
from worker.model import UNSENT

PAGE = "<html>502 Bad Gateway</html>"
#: The answer to the card, and how many sends of it may have worked.
FAULTS: dict[str, tuple[dict[str, Any], int]] = {
    "a page": ({"status": 502, "body": PAGE}, 1),
    "a lost answer": ({"after": True, "drop": True}, 1),
    "a token that is being changed": ({"status": 401}, 0),
    "a closed topic": ({"status": 400, "description": "TOPIC_CLOSED"}, 0),
}


@pytest.mark.parametrize(("fault", "attempts"), FAULTS.values(), ids=FAULTS.keys())
async def test_unsent_card_is_sent_later(
    conversation: Conversation, anya: User, fault: dict[str, Any], attempts: int
) -> None:
    """The order is accepted; the job records whether the card may have been sent."""
    await conversation.disturb("sendMessage", **fault)
    await anya.say("/image красное яблоко")
    await conversation.catch_up()
    job = await conversation.job(anya)
    assert (job.card_missing, job.progress_message_id) == (UNSENT, None)
    assert len(job.card_attempts) == attempts


async def test_repeated_order_sends_no_second_card(conversation: Conversation, anya: User) -> None:
    """Its worker died while it sent the card: the job counts the sends."""
    await anya.say("/image красное яблоко")
    (update,) = await conversation.updates()
    await conversation.handle(update)
    job = await conversation.job(anya)
    cards = len(await anya.from_bot())
    in_hand: dict[str, Any] = {"progress_message_id": None, "card_attempts": [1.0]}
    await conversation.jobs.update_fields(job.id, **in_hand)
    await conversation.handle(update)
    assert len(await anya.from_bot()) == cards
    assert (await conversation.job(anya)).card_missing == UNSENT
