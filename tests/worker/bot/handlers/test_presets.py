from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, labels


async def save(conversation: Conversation, user: User, name: str = "Обложки") -> Message:
    """Save wide and four as a preset; return the card after it."""
    card = await conversation.send_text(user, "🖼 Изображение")
    for option, value in (("Размер", "16:9"), ("Количество", "4 шт.")):
        await conversation.choose(user, card, option, value)
    await conversation.press(user, await conversation.look(user, card), "💾")
    return await conversation.send_text(user, name)


async def test_save_a_preset(conversation: Conversation, anya: User) -> None:
    """The card returns with the preset on it; its name is no prompt."""
    card = await save(conversation, anya)
    assert "⭐ Обложки" in labels(card)
    assert await conversation.job_count(anya) == 0
    await conversation.send_text(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 1


async def test_use_a_preset_on_the_card(conversation: Conversation, anya: User) -> None:
    """One press sets all its settings in the same message."""
    card = await save(conversation, anya)
    for option, value in (("Размер", "1:1"), ("Количество", "1 шт.")):
        await conversation.choose(anya, card, option, value)
    await conversation.press(anya, await conversation.look(anya, card), "⭐ Обложки")
    await conversation.send_text(anya, "красное яблоко")
    options = (await conversation.job(anya)).request.options
    assert (options["size"], options["count"]) == ("wide", 4)


async def test_use_a_preset_from_the_list(conversation: Conversation, anya: User) -> None:
    """/presets, the preset, «взять»: the card of its kind of work opens."""
    await save(conversation, anya)
    listed = await conversation.send_text(anya, "/presets")
    assert labels(listed) == ["🖼 Обложки"]
    await conversation.press(anya, listed, "🖼 Обложки")
    shown = await conversation.look(anya, listed)
    assert "Широкий 16:9 · 4 шт." in shown["text"]
    await conversation.press(anya, shown, "✅")
    card = await anya.last_from_bot()
    assert "Опишите, что нарисовать" in card["text"]
    assert "✓ 16:9" in labels(card)


async def test_rename_a_preset(conversation: Conversation, anya: User) -> None:
    """Its settings stay."""
    await save(conversation, anya)
    listed = await conversation.send_text(anya, "/presets")
    await conversation.press(anya, listed, "🖼 Обложки")
    await conversation.press(anya, await conversation.look(anya, listed), "✏️")
    assert labels(await conversation.send_text(anya, "Заставки")) == ["🖼 Заставки"]


async def test_delete_a_preset(conversation: Conversation, anya: User) -> None:
    """The empty list says how to fill it."""
    await save(conversation, anya)
    listed = await conversation.send_text(anya, "/presets")
    await conversation.press(anya, listed, "🖼 Обложки")
    await conversation.press(anya, await conversation.look(anya, listed), "🗑")
    assert "Пока пусто" in (await conversation.look(anya, listed))["text"]


async def test_button_of_a_deleted_preset_is_answered(
    conversation: Conversation, anya: User
) -> None:
    """An older list may still show it."""
    await save(conversation, anya)
    listed = await conversation.send_text(anya, "/presets")
    await conversation.press(anya, listed, "🖼 Обложки")
    shown = await conversation.look(anya, listed)
    await conversation.press(anya, shown, "🗑")
    assert "уже нет" in (await conversation.press(anya, shown, "✅"))["text"]


async def test_preset_name_is_limited(conversation: Conversation, anya: User) -> None:
    """A longer one is declined with the limit, and another one is awaited."""
    assert "24 знаков" in (await save(conversation, anya, "я" * 25))["text"]
    assert "⭐ Обложки" in labels(await conversation.send_text(anya, "Обложки"))


async def test_same_name_replaces_the_preset(conversation: Conversation, anya: User) -> None:
    """Names are unique for a kind of work."""
    await save(conversation, anya)
    await save(conversation, anya, "обложки")
    assert labels(await conversation.send_text(anya, "/presets")) == ["🖼 обложки"]


async def test_presets_are_limited(conversation: Conversation, anya: User) -> None:
    """At twenty, the answer says where to delete some."""
    card = await conversation.send_text(anya, "🖼 Изображение")
    for number in range(20):
        await conversation.press(anya, card, "💾")
        card = await conversation.send_text(anya, f"Набор {number}")
    assert "/presets" in (await conversation.press(anya, card, "💾"))["text"]


async def test_settings_without_an_order(conversation: Conversation, anya: User) -> None:
    """/settings shows each kind of work; a text is no prompt there."""
    card = await conversation.send_text(anya, "/settings")
    assert "⚙️ Настройки: 🖼 Изображение" in card["text"]
    await conversation.press(anya, card, "🎬 Видео")
    await conversation.press(anya, await conversation.look(anya, card), "8 с")
    card = await conversation.look(anya, card)
    assert any(label.startswith("✓ 8 с") for label in labels(card))
    assert labels(await conversation.send_text(anya, "волны")) == [
        "🖼 Изображение · $0,003",
        "🎬 Видео · $0,41",
    ]
    await conversation.press(anya, card, "Готово")
    assert (await conversation.look(anya, card))["text"] == "Настройки сохранены."
    await conversation.send_text(anya, "/video волны")
    await conversation.agree(anya)
    assert (await conversation.job(anya)).request.options["duration"] == 8
