"""Inline search and sharing over the real processes: from words in a group to a message in it."""

import time

import pytest

from tests.flows.orders import make_picture
from tests.message import labels
from tests.user import User, create_group

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_result_is_shared_into_a_group(anya: User, ben: User, language: str) -> None:
    """«⋯ Ещё» leads to «📤 Поделиться», whose query finds exactly this result in any chat."""
    user, more, share = {
        "ru": (anya, "⋯ Ещё", "📤 Поделиться"),
        "en": (ben, "⋯ More", "📤 Share"),
    }[language]
    result = await make_picture(user, "a lighthouse")
    await make_picture(user, "another lighthouse")
    await user.press(result, more)
    opened = await user.wait_for(lambda message: share in labels(message))
    buttons = [key for row in opened["reply_markup"]["inline_keyboard"] for key in row]
    button = next(key for key in buttons if key["text"] == share)
    query = button["switch_inline_query_chosen_chat"]["query"]
    group = user.in_chat(await create_group(user.base_url, "Studio", [user]))
    asked = await group.ask_inline(query)
    (found,) = (await group.wait_for_results(asked))["results"]
    assert result["photo"][-1]["file_id"] == found["message"]["photo"][-1]["file_id"]
    sent = await group.choose_inline(asked, found["id"])
    assert sent["via_bot"]
    assert "caption" not in sent


async def test_words_find_results_while_the_chat_is_busy(anya: User) -> None:
    """An inline query does not wait for what the user's private chat is doing."""
    await make_picture(anya, "старый маяк")
    for number in range(20):
        await anya.say(f"/ping {number}")
    begun = time.monotonic()
    asked = await anya.ask_inline("маяк")
    answer = await anya.wait_for_results(asked, timeout=5)
    assert answer["results"]
    assert time.monotonic() - begun < 3
