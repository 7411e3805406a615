"""«Details» under a result: model, options, seed and id in the same message."""

from pathlib import Path

import pytest
from aiogram.types import InlineKeyboardMarkup

from infra.i18n import Texts
from infra.storage.store import Storage
from tests.user import User, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.results import Darkroom
from worker.jobs.message_index import MessageIndex


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


@pytest.fixture(params=["ru", "en"])
def user(request: pytest.FixtureRequest, anya: User, ben: User) -> User:
    return anya if request.param == "ru" else ben


def label(texts: Texts, user: User, anya: User, key: str) -> str:
    return texts.speaking("ru" if user is anya else "en").plain(key)


async def test_details_are_shown_and_hidden_in_place(
    conversation: Conversation, darkroom: Darkroom, texts: Texts, anya: User, user: User
) -> None:
    """With the id once; then the caption and the buttons are as before."""
    done, result = await darkroom.make(user)
    assert done.id not in words(result)
    await conversation.press(user, result, label(texts, user, anya, "result-details"))
    shown = await conversation.look(user, result)
    assert words(shown).startswith(words(result))
    added = words(shown).removeprefix(words(result))
    assert added.startswith("\n\nℹ️ FLUX.1 schnell")
    assert (added.count(done.id), "seed 7" in added) == (1, True)
    await conversation.press(user, shown, label(texts, user, anya, "result-hide"))
    hidden = await conversation.look(user, result)
    assert (words(hidden), labels(hidden)) == (words(result), labels(result))


async def test_details_stay_while_other_buttons_are_pressed(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """A question comes below them and goes without them; the button still hides them."""
    _, result = await darkroom.make(anya)
    await conversation.press(anya, result, "ℹ️ Подробности")
    shown = await conversation.look(anya, result)
    await conversation.press(anya, shown, "⬆️")
    asked = await conversation.look(anya, result)
    assert words(asked) == f"{words(shown)}\n\n❓ Во сколько раз увеличить?"
    await conversation.press(anya, asked, "← Назад")
    again = await conversation.look(anya, result)
    assert (words(again), labels(again)) == (words(shown), labels(shown))
    await conversation.press(anya, again, "⋯ Ещё")
    await conversation.press(anya, await conversation.look(anya, result), "← Назад")
    await conversation.press(anya, await conversation.look(anya, result), "✕ Скрыть")
    assert words(await conversation.look(anya, result)) == words(result)


async def test_album_has_its_details_below_it(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """On the message with the buttons."""
    done, below = await darkroom.make(anya, count=2)
    await conversation.press(anya, below, "ℹ️ Подробности")
    shown = await conversation.look(anya, below)
    assert words(shown).startswith("Что дальше?\n\nℹ️ FLUX.1 schnell")
    assert done.id in words(shown)


async def test_caption_without_room_shows_them_in_an_alert(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Captions of an earlier version have as much of the prompt as fits."""
    done, result = await darkroom.make(anya)
    full = "слово " * 170
    await conversation.bot.edit_message_caption(
        chat_id=anya.id,
        message_id=result["message_id"],
        caption=full,
        reply_markup=InlineKeyboardMarkup.model_validate(result["reply_markup"]),
    )
    answer = await conversation.press(anya, result, "ℹ️ Подробности")
    assert answer["show_alert"]
    assert done.id in answer["text"]
    assert words(await conversation.look(anya, result)) == full.strip()


async def test_prompt_that_looks_like_details_is_kept(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Only the bot's own lines are removed."""
    _, result = await darkroom.make(anya, order="/image кот\n\nℹ️ и пёс")
    await conversation.press(anya, result, "ℹ️ Подробности")
    await conversation.press(anya, await conversation.look(anya, result), "✕ Скрыть")
    assert words(await conversation.look(anya, result)) == words(result)


async def test_reply_to_a_result_that_the_index_has_forgotten_means_it(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Its buttons name the job, because the caption does not."""
    done, result = await darkroom.make(anya)
    index = MessageIndex(conversation.dispatcher["redis"])
    await index.forget(anya.id, [result["message_id"]])
    await conversation.send_text(anya, "сделай зелёным", reply_to=result["message_id"])
    assert (await conversation.job(anya)).request.source == done.id
