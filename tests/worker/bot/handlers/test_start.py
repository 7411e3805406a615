import pytest

from infra.i18n import Texts
from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from worker.bot.commands import set_commands
from worker.users.store import UserStore


async def test_start_greets_by_name_and_gives_the_keyboard(
    conversation: Conversation, anya: User
) -> None:
    """The two buttons stand below the field for text from then on."""
    assert (await anya.last_from_bot())["text"].startswith("Здравствуйте, Аня.")
    assert await anya.keyboard() == [["🖼 Изображение", "🎬 Видео"]]


async def test_start_speaks_english_to_a_telegram_in_english(
    conversation: Conversation, ben: User
) -> None:
    """The person's Telegram says which language."""
    assert (await ben.last_from_bot())["text"].startswith("Hello Ben.")
    assert await ben.keyboard() == [["🖼 Image", "🎬 Video"]]


async def test_a_name_is_no_markup(conversation: Conversation) -> None:
    """People may call themselves anything."""
    async with await conversation.meet("<b>Бобби & Co", "ru") as user:
        assert "<b>Бобби & Co" in (await user.last_from_bot())["text"]


async def test_help_tells_every_command(conversation: Conversation, ben: User) -> None:
    """Nothing that the menu has is left unexplained."""
    answer = await conversation.hear(ben, "/help")
    for command in ("/image", "/video", "/status", "/lang", "/ping"):
        assert command in answer["text"]


async def test_start_ends_what_was_under_way(conversation: Conversation, anya: User) -> None:
    """Whoever starts over is not asked for a prompt any more, and the old card is closed."""
    card = await conversation.hear(anya, "🖼 Изображение")
    await conversation.hear(anya, "/start")
    assert not await conversation.is_shown(anya, card)
    await conversation.hear(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 0


async def test_ping_shows_the_round_trip(conversation: Conversation, anya: User) -> None:
    """The answer to our own message was measured, and is shown in it."""
    answer = await conversation.hear(anya, "/ping")
    milliseconds = int(answer["text"].split(" — ")[1].split()[0])
    assert 0 < milliseconds < 5000


async def test_the_chosen_language_is_spoken_and_remembered(
    conversation: Conversation, anya: User
) -> None:
    """/lang changes texts, keyboard and menu, and outlives the conversation."""
    card = await conversation.hear(anya, "/lang")
    assert labels(card) == ["English", "✓ Русский"]
    answer = await conversation.press(anya, card, "English")
    assert answer["text"] == "I speak English now."
    assert labels(await conversation.look(anya, card)) == ["✓ English", "Русский"]
    assert await anya.keyboard() == [["🖼 Image", "🎬 Video"]]
    assert "Hello Аня" in (await conversation.hear(anya, "/start"))["text"]
    menu = (await conversation.telegram.get(f"/bot?person={anya.id}")).json()["commands"]
    assert menu[0] == {"command": "image", "description": "Make an image"}


async def test_a_keyboard_in_the_former_language_still_works(
    conversation: Conversation, ben: User
) -> None:
    """Both languages' labels are understood whatever the language."""
    card = await conversation.hear(ben, "🖼 Изображение")
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
async def test_a_keyboard_from_before_an_update_still_works(
    conversation: Conversation, anya: User, label: str, question: str
) -> None:
    """Telegram shows a keyboard until the bot sends another: the labels of earlier releases are understood."""
    assert question in (await conversation.hear(anya, label))["text"]


async def test_the_menu_is_in_the_language_of_the_user(
    conversation: Conversation, anya: User, ben: User, texts: Texts
) -> None:
    """Publishing it twice changes nothing."""
    users = UserStore(conversation.dispatcher["redis"])
    for _ in range(2):
        await set_commands(conversation.bot, texts, users, frozenset())
    for user, description in ((anya, "Сделать изображение"), (ben, "Make an image")):
        menu = (await conversation.telegram.get(f"/bot?person={user.id}")).json()["commands"]
        assert [command["command"] for command in menu[:2]] == ["image", "video"]
        assert menu[0]["description"] == description
