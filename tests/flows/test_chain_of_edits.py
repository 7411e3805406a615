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


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_back_forward_and_the_tree(anya: User, ben: User, language: str) -> None:
    """In one message; a reply to it edits the step that it shows."""
    user, lighthouse, night, birds = {
        "ru": (anya, "маяк на скале", "сделай ночь", "добавь чаек"),
        "en": (ben, "a lighthouse on a rock", "make it night", "add gulls"),
    }[language]
    back, forward, tree_button, close, quoted = {
        "ru": ("↩️ Назад", "Вперёд ↪️", "🌳 Дерево правок", "← Назад", f"«{night}»"),
        "en": ("↩️ Back", "Forward ↪️", "🌳 Family tree", "← Back", f"“{night}”"),
    }[language]
    first = await make_picture(user, lighthouse)
    await user.say(night, first["message_id"])
    result = await see(user, night, back)
    await press(user, result, back)
    step = await see(user, lighthouse, forward)
    assert step["message_id"] == result["message_id"]
    await press(user, step, tree_button)
    tree = await see(user, tree_button, "1")
    assert quoted in words(tree)
    await press(user, tree, close)
    await see(user, lighthouse, forward)
    await user.say(birds, result["message_id"])
    gulls = await see(user, birds, back)
    await press(user, gulls, back)
    step = await see(user, lighthouse, forward)
    await press(user, step, forward)
    assert (await see(user, birds, back))["message_id"] == gulls["message_id"]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_number_of_an_album_opens_its_image(anya: User, ben: User, language: str) -> None:
    """The buttons' message shows it, and an edit of it starts from it."""
    user, cat, green, below_album, back, forward = {
        "ru": (anya, "кот на закате", "сделай зелёным", "Что дальше?", "↩️ Назад", "Вперёд ↪️"),
        "en": (ben, "a cat at sunset", "make it green", "What next?", "↩️ Back", "Forward ↪️"),
    }[language]
    await user.say(f"/image {cat} --count 2")
    below = await user.wait_for_text(below_album, timeout=30)
    await press(user, below, "2")
    opened = await see(user, cat, "1", "✓ 2")
    assert opened["message_id"] == below["message_id"]
    await user.say(green, below["message_id"])
    edited = await see(user, green, back)
    await press(user, edited, back)
    await see(user, cat, "1", "✓ 2", forward)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_colleague_goes_on_from_a_result(
    installation: Installation, anya: User, ben: User, language: str
) -> None:
    """The result is the colleague's and replies to the one that it was made from; only the author deletes."""
    author, colleague, again, started, name, delete, refused = {
        "ru": (ben, anya, "🔁 Again", "Запускаю ещё раз", "Аня", "🗑 Delete", "чужой результат"),
        "en": (
            *(anya, ben, "🔁 Ещё раз", "Starting it again", "Ben", "🗑 Удалить"),
            "somebody else’s result",
        ),
    }[language]
    group = await create_group(installation.telegram_url, "Студия", [author, colleague])
    hers, his = author.in_chat(group), colleague.in_chat(group)
    await hers.say("/image@darkroom_bot a red door")
    result = await hers.wait_for(is_photo, timeout=25)
    assert await press(his, result, again) == started
    made = await his.wait_for(is_photo, timeout=25)
    assert f"👤 {name}" in words(made)
    assert made["reply_to_message"]["message_id"] == result["message_id"]
    assert refused in await press(his, result, delete)
