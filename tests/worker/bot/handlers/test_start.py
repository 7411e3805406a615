import pytest

from infra.i18n import Texts
from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from worker.bot.commands import set_commands
from worker.users.store import UserStore


async def test_start_greets_by_name_and_gives_the_keyboard(
    conversation: Conversation, anya: User
) -> None:
    """The reply keyboard has the two buttons."""
    assert (await anya.last_from_bot())["text"].startswith("Здравствуйте, Аня.")
    assert await anya.keyboard() == [["🖼 Изображение", "🎬 Видео"]]


async def test_start_uses_telegrams_language(conversation: Conversation, ben: User) -> None:
    """The language comes from the user's Telegram."""
    assert (await ben.last_from_bot())["text"].startswith("Hello Ben.")
    assert await ben.keyboard() == [["🖼 Image", "🎬 Video"]]


async def test_name_is_escaped(conversation: Conversation) -> None:
    """Users may have any name."""
    async with await conversation.meet("<b>Бобби & Co", "ru") as user:
        assert "<b>Бобби & Co" in (await user.last_from_bot())["text"]


async def test_help_lists_every_command(conversation: Conversation, ben: User) -> None:
    """No command of the menu is missing."""
    answer = await conversation.send_text(ben, "/help")
    for command in ("/image", "/video", "/status", "/lang", "/ping"):
        assert command in answer["text"]


async def test_help_names_what_the_operator_has_switched_on(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Inline search is explained with the bot's name; there is no prompt helper here."""
    for user, inline, helper in (
        (anya, "@darkroom_bot слова", "✨ Улучшить"),
        (ben, "@darkroom_bot words", "✨ Improve"),
    ):
        answer = await conversation.send_text(user, "/help")
        assert inline in answer["text"]
        assert helper not in answer["text"]


async def test_start_ends_the_conversation(conversation: Conversation, anya: User) -> None:
    """No prompt is awaited any more, and the old card is closed."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    await conversation.send_text(anya, "/start")
    assert not await conversation.is_shown(anya, card)
    await conversation.send_text(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 0


async def test_ping_shows_the_round_trip(conversation: Conversation, anya: User) -> None:
    """It measures the bot's own message and edits the result into it."""
    answer = await conversation.send_text(anya, "/ping")
    milliseconds = int(answer["text"].split(" — ")[1].split()[0])
    assert 0 < milliseconds < 5000


async def test_chosen_language_is_used_and_stored(conversation: Conversation, anya: User) -> None:
    """/lang changes texts, keyboard and menu, and outlives the conversation."""
    card = await conversation.send_text(anya, "/lang")
    assert labels(card) == ["English", "✓ Русский"]
    answer = await conversation.press(anya, card, "English")
    assert answer["text"] == "I speak English now."
    assert labels(await conversation.look(anya, card)) == ["✓ English", "Русский"]
    assert await anya.keyboard() == [["🖼 Image", "🎬 Video"]]
    assert "Hello Аня" in (await conversation.send_text(anya, "/start"))["text"]
    menu = (await conversation.telegram.get(f"/bot?user={anya.id}")).json()["commands"]
    assert menu[0] == {"command": "image", "description": "Make an image"}


async def test_keyboard_of_another_language_works(conversation: Conversation, ben: User) -> None:
    """The labels of all languages are accepted."""
    card = await conversation.send_text(ben, "🖼 Изображение")
    assert "Describe what to draw" in card["text"]


@pytest.mark.parametrize(
    ("label", "question"),
    [
        ("🖼 Картинка", "нарисовать"),
        ("🖼 Picture", "нарисовать"),
        ("🎬 Клип", "снять"),
        ("🎬 Clip", "снять"),
    ],
)
async def test_keyboard_of_an_earlier_release_works(
    conversation: Conversation, anya: User, label: str, question: str
) -> None:
    """Telegram shows a keyboard until the bot sends another: old labels are accepted."""
    assert question in (await conversation.send_text(anya, label))["text"]


async def test_menu_has_the_language_of_the_user(
    conversation: Conversation, anya: User, ben: User, texts: Texts
) -> None:
    """Publishing it twice changes nothing."""
    users = UserStore(conversation.dispatcher["redis"])
    for _ in range(2):
        await set_commands(conversation.bot, texts, users, frozenset())
    for user, description in ((anya, "Сделать изображение"), (ben, "Make an image")):
        menu = (await conversation.telegram.get(f"/bot?user={user.id}")).json()["commands"]
        assert [command["command"] for command in menu[:2]] == ["image", "video"]
        assert menu[0]["description"] == description
