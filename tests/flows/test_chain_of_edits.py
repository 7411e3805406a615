"""Steps of a chain of edits, one image of an album, and going on from a colleague's result, over real processes."""

import pytest

from tests.flows.orders import make_picture
from tests.flows.test_result_actions import press
from tests.message import Message, is_photo, labels, words
from tests.processes import Installation
from tests.user import User, create_group

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


async def see(user: User, beginning: str, *marked: str) -> Message:
    """Wait until a message begins with these words and has these buttons."""
    return await user.wait_for(
        lambda message: words(message).startswith(beginning) and {*marked} <= {*labels(message)},
        timeout=30,
    )


async def test_back_forward_and_the_tree(anya: User) -> None:
    """In one message; a reply to it edits the step that it shows."""
    first = await make_picture(anya, "маяк на скале")
    await anya.say("сделай ночь", first["message_id"])
    result = await see(anya, "сделай ночь", "↩️ Назад")
    await press(anya, result, "↩️ Назад")
    step = await see(anya, "маяк на скале", "Вперёд ↪️")
    assert step["message_id"] == result["message_id"]
    await press(anya, step, "🌳 Дерево правок")
    tree = await see(anya, "🌳 Дерево правок", "1")
    assert "«сделай ночь»" in words(tree)
    await press(anya, tree, "← Назад")
    await see(anya, "маяк на скале", "Вперёд ↪️")
    await anya.say("добавь чаек", result["message_id"])
    gulls = await see(anya, "добавь чаек", "↩️ Назад")
    await press(anya, gulls, "↩️ Назад")
    step = await see(anya, "маяк на скале", "Вперёд ↪️")
    await press(anya, step, "Вперёд ↪️")
    assert (await see(anya, "добавь чаек", "↩️ Назад"))["message_id"] == gulls["message_id"]


async def test_number_of_an_album_opens_its_image(ben: User) -> None:
    """The buttons' message shows it, and an edit of it starts from it."""
    await ben.say("/image a cat at sunset --count 2")
    below = await ben.wait_for_text("What next?", timeout=30)
    await press(ben, below, "2")
    opened = await see(ben, "a cat at sunset", "1", "✓ 2")
    assert opened["message_id"] == below["message_id"]
    await ben.say("make it green", below["message_id"])
    edited = await see(ben, "make it green", "↩️ Back")
    await press(ben, edited, "↩️ Back")
    await see(ben, "a cat at sunset", "1", "✓ 2", "Forward ↪️")


async def test_colleague_goes_on_from_a_result(
    installation: Installation, anya: User, ben: User
) -> None:
    """The result is the colleague's and replies to the one that it was made from; only the author deletes."""
    group = await create_group(installation.telegram_url, "Студия", [anya, ben])
    hers, his = anya.in_chat(group), ben.in_chat(group)
    await hers.say("/image@darkroom_bot красная дверь")
    result = await hers.wait_for(is_photo, timeout=25)
    assert await press(his, result, "🔁 Ещё раз") == "Starting it again"
    again = await his.wait_for(is_photo, timeout=25)
    assert "👤 Ben" in words(again)
    assert again["reply_to_message"]["message_id"] == result["message_id"]
    assert "somebody else’s result" in await press(his, result, "🗑 Удалить")
