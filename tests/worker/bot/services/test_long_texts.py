import pytest

from tests.user import User
from tests.worker.bot.conversation import Conversation, forward
from tests.worker.bot.drawings import drawing

# Split as an app does: 4096 characters, and the rest of 5,000 in a second message right after.
BEGINNING, REST = ("красное яблоко " * 273)[:4096], "и ещё одно яблоко " * 50


async def answers(conversation: Conversation, user: User, *texts: str) -> list[str]:
    """Return the bot's answers to messages that come together."""
    before = len(await user.from_bot())
    for text in texts:
        await user.say(text)
    await conversation.catch_up()
    return [message["text"] for message in (await user.from_bot())[before:]]


@pytest.mark.slow
@pytest.mark.parametrize("opening", [(), ("/image",), ("/settings",), ("/video",)])
@pytest.mark.parametrize("command", ["", "/image ", "/video "])
async def test_split_text_gets_one_answer(
    conversation: Conversation, anya: User, opening: tuple[str, ...], command: str
) -> None:
    """It names the limit; the rest orders nothing, with or without an open card."""
    for text in opening:
        await conversation.send_text(anya, text)
    (said,) = await answers(conversation, anya, command + BEGINNING[len(command) :], REST)
    assert "а помещается" in said
    assert await conversation.job_count(anya) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "answer"), [("🖌", "Сначала пришлите"), ("⬆️", "Здесь слова не нужны")]
)
async def test_split_text_for_a_card_without_a_prompt_gets_one_answer(
    conversation: Conversation, anya: User, label: str, answer: str
) -> None:
    """A card that waits for a mask or a press says so once."""
    await anya.send_photo(drawing())
    await conversation.catch_up()
    await conversation.press(anya, await anya.last_from_bot(), label)
    (said,) = await answers(conversation, anya, BEGINNING, REST)
    assert answer in said


async def test_forwarded_text_that_is_too_long_gets_one_answer(
    conversation: Conversation, anya: User
) -> None:
    """A forwarded command waits for a press; one that cannot be ordered is declined once."""
    await anya.say(f"/image {BEGINNING[7:]}")
    (update,) = await conversation.updates()
    before = len(await anya.from_bot())
    await conversation.handle(forward(update))
    (said,) = (await anya.from_bot())[before:]
    assert "а помещается" in said["text"]


async def test_later_text_is_read(conversation: Conversation, anya: User) -> None:
    """A shortened text is not the rest of the long one."""
    await answers(conversation, anya, f"/image {BEGINNING[7:]}")
    await anya.say("красное яблоко")
    (update,) = await conversation.updates()
    update["message"]["date"] += 10
    await conversation.handle(update)
    assert "Сделать по этому тексту" in (await anya.last_from_bot())["text"]


async def test_text_after_a_declined_short_text_is_read(
    conversation: Conversation, anya: User
) -> None:
    """Nothing was split: the next message is another text."""
    said = await answers(conversation, anya, "/image яблоко --frobnicate", "/image груша")
    assert len(said) == 2
