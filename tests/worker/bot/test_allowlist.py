import pytest

from infra.settings import Settings
from tests.person import Person
from tests.worker.bot.conversation import Conversation


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, tg_allowed_user_ids=frozenset({1001}))


async def test_a_stranger_is_refused_once_with_their_id(
    conversation: Conversation, ben: Person
) -> None:
    """The id is what an admin needs; a second message within the hour gets no answer, and nothing is made."""
    refusal = await ben.last_from_bot()
    assert str(ben.id) in refusal["text"]
    assert "own team only" in refusal["text"]
    assert await conversation.hear(ben, "/image a red apple") == refusal
    assert await conversation.job_count(ben) == 0


async def test_a_stranger_is_refused_again_after_an_hour(
    conversation: Conversation, anya: Person
) -> None:
    """The memory of a refusal ends by itself."""
    redis = conversation.dispatcher["redis"]
    assert 3590 <= await redis.ttl(f"darkroom:refused:{anya.id}") <= 3600
    await redis.delete(f"darkroom:refused:{anya.id}")
    before = len(await anya.from_bot())
    await conversation.hear(anya, "здравствуйте")
    assert len(await anya.from_bot()) == before + 1


async def test_a_strangers_press_is_refused(conversation: Conversation, anya: Person) -> None:
    """A button answers at once, with the reason."""
    card = dict(await anya.last_from_bot())
    again = {"text": "Ещё раз", "callback_data": f"cancel|{anya.id}"}
    card["reply_markup"] = {"inline_keyboard": [[again]]}
    answer = await conversation.press(anya, card, "Ещё раз")
    assert str(anya.id) in answer["text"]
    assert answer["show_alert"]


async def test_the_team_is_let_in(conversation: Conversation) -> None:
    """Who is on the list notices nothing of it."""
    async with Person(str(conversation.telegram.base_url), 1001) as member:
        assert "Здравствуйте" in (await conversation.hear(member, "/start"))["text"]
