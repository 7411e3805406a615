import io

from PIL import Image

from tests.person import Person
from tests.worker.bot.conversation import Conversation, labels


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(target, "PNG")
    return target.getvalue()


async def answer(conversation: Conversation, person: Person) -> str:
    await conversation.catch_up()
    text: str = (await person.last_from_bot())["text"]
    return text


async def test_text_out_of_the_blue_is_offered_as_a_prompt(
    conversation: Conversation, anya: Person
) -> None:
    """One press makes a picture of it, with the text's own message as its origin."""
    offer = await conversation.hear(anya, "красное яблоко")
    assert labels(offer) == ["🖼 Изображение", "🎬 Видео"]
    await conversation.press(anya, offer, "🖼")
    job = await conversation.job(anya)
    assert job.request.prompt == "красное яблоко"
    assert job.request.message_id == offer["reply_to_message"]["message_id"]
    assert labels(await conversation.look(anya, offer)) == []


async def test_an_offer_is_taken_once(conversation: Conversation, anya: Person) -> None:
    """A second press on the same button changes nothing."""
    offer = await conversation.hear(anya, "красное яблоко")
    for _ in range(2):
        await conversation.press(anya, offer, "🎬")
    assert await conversation.job_count(anya) == 1


async def test_a_sticker_is_asked_for_words(conversation: Conversation, anya: Person) -> None:
    """Whoever sends a sticker learns what to send instead."""
    await anya.send_sticker()
    assert "Напишите, что хотите увидеть" in await answer(conversation, anya)


async def test_a_place_is_asked_for_words(conversation: Conversation, ben: Person) -> None:
    """A point on the map is no description."""
    await ben.send_location(55.75, 37.62)
    assert "Describe the place in words" in await answer(conversation, ben)


async def test_a_document_is_asked_for_words(conversation: Conversation, anya: Person) -> None:
    """We do not read files."""
    await anya.send_files(b"red apple", send_as="document")
    assert "Из файлов я читаю только изображения" in await answer(conversation, anya)


async def test_a_sticker_while_a_prompt_is_awaited_ends_nothing(
    conversation: Conversation, anya: Person
) -> None:
    """The card stays open for the words."""
    await conversation.hear(anya, "🖼 Изображение")
    await anya.send_sticker()
    await conversation.hear(anya, "красное яблоко")
    assert await conversation.job_count(anya) == 1


async def test_an_unknown_command_points_to_help(conversation: Conversation, anya: Person) -> None:
    """Also while a prompt is awaited: a command is never taken for one."""
    assert "/help" in (await conversation.hear(anya, "/frobnicate"))["text"]
    await conversation.hear(anya, "🖼 Изображение")
    assert "/help" in (await conversation.hear(anya, "/frobnicate now"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_an_edit_is_said_to_change_nothing(conversation: Conversation, anya: Person) -> None:
    """A job is not made again because its message was edited."""
    message = await anya.say("/image красное яблоко")
    await conversation.catch_up()
    await anya.edit(message, "/image зелёное яблоко")
    assert "Правку я вижу" in await answer(conversation, anya)
    assert await conversation.job_count(anya) == 1


async def test_a_button_of_nobody_knows_when_is_answered(
    conversation: Conversation, anya: Person
) -> None:
    """Whatever an old message's button carries, the finger does not wait."""
    card = dict(await conversation.hear(anya, "/help"))
    old = {"text": "Старая", "callback_data": "v0:old"}
    card["reply_markup"] = {"inline_keyboard": [[old]]}
    answered = await conversation.press(anya, card, "Старая")
    assert "устарела" in answered["text"]
