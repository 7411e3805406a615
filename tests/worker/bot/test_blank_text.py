import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import drawing
from worker.bot.blank_text import is_blank

UNSEEN = [
    *("\u200b", "\u200d\u2060", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\ufe0f", "\u034f"),
    *(
        "\U000e0041\U000e007f",
        "\u00a0\u3000",
        "\u180e",
        "\u2028",
        "\xad",
        "\u061c",
        "\ufffc",
        "\u17b5",
    ),
]


@pytest.mark.parametrize("text", UNSEEN)
def test_invisible_text_is_blank(text: str) -> None:
    """Alone, among spaces, and repeated."""
    assert is_blank(text)
    assert is_blank(f" {text}\n{text * 50} ")


@pytest.mark.parametrize("text", ["a", "я", "👩‍👩‍👧", "❤️", "क्‍ष", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ㅎ", "⠁", "."])
def test_text_with_joiners_is_not_blank(text: str) -> None:
    """Emoji families, flags, Hindi and Persian contain invisible joiners."""
    assert not is_blank(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_letters_digits_and_signs_are_visible(text: str) -> None:
    """All but the few without ink."""
    inkless = {"HANGUL", "BRAILLE", "OBJECT", "HALFWIDTH", "MUSICAL"}
    seen = [each for each in text if unicodedata.name(each, "").split(" ")[0] not in inkless]
    assert not seen or not is_blank(text)


@pytest.mark.parametrize("unseen", UNSEEN[:6])
async def test_invisible_prompt_orders_nothing(
    conversation: Conversation, anya: User, unseen: str
) -> None:
    """The card asks for a prompt, however the text was sent."""
    for line in (f"/image {unseen}", f"/image --count 4 {unseen}"):
        card = await conversation.send_text(anya, line)
        assert "Опишите, что нарисовать" in card["text"]
    card = await conversation.send_text(anya, f"{unseen}{unseen}")
    assert await conversation.job_count(anya) == 0
    await anya.send_files(drawing(), caption=unseen, send_as="photo")
    await conversation.catch_up()
    assert await conversation.job_count(anya) == 0
    assert "Что сделать" in (await anya.last_from_bot())["text"]


@pytest.mark.parametrize("unseen", UNSEEN[:6])
async def test_invisible_character_ends_a_command(
    conversation: Conversation, anya: User, unseen: str
) -> None:
    """Of a text and of a caption: what follows is the prompt, and nothing is an empty one."""
    assert (
        "Опишите, что нарисовать" in (await conversation.send_text(anya, f"/image{unseen}"))["text"]
    )
    assert "отменено" in (await conversation.send_text(anya, f"/cancel{unseen}"))["text"]
    await anya.send_files(drawing(), caption=f"/image{unseen}", send_as="photo")
    await conversation.catch_up()
    assert "Что сделать" in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0
    await conversation.send_text(anya, f"/image{unseen}кот")
    assert (await conversation.job(anya)).request.prompt == "кот"


async def test_album_with_an_invisible_caption_asks(conversation: Conversation, anya: User) -> None:
    """As without a caption."""
    await anya.send_files(drawing("red"), drawing("blue"), caption="\u3164", send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    assert await conversation.job_count(anya) == 0
    assert "Что сделать" in (await anya.last_from_bot())["text"]


async def test_invisible_text_is_not_offered_as_a_prompt(
    conversation: Conversation, anya: User
) -> None:
    answer = await conversation.send_text(anya, "\u3164")
    assert "нет видимых знаков" in answer["text"]
    assert not labels(answer)


async def test_invisible_name_and_negative_prompt_are_refused(
    conversation: Conversation, anya: User
) -> None:
    """A preset needs a visible name; the question stays until it gets visible text."""
    card = await conversation.send_text(anya, "/image премиум")
    await conversation.press(anya, card, "🚫 Что не показывать")
    assert "нет видимых знаков" in (await conversation.send_text(anya, "\u2800"))["text"]
    card = await conversation.send_text(anya, "люди")
    assert "Не показывать: люди" in card["text"]
    await conversation.press(anya, card, "💾")
    assert "нет видимых знаков" in (await conversation.send_text(anya, "\u200b\u3164"))["text"]
    await conversation.send_text(anya, "Плакат")
    assert "⭐ Плакат" in labels(await anya.last_from_bot())
