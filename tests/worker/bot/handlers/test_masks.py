from tests.person import Message, Person
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import brought, drawing, with_hole, with_transparent_border
from worker.model import Job, Picture

FILL = "fal-ai/flux-pro/v1/fill"


async def ask_for_mask(conversation: Conversation, person: Person) -> Message:
    """The picture that is to be repainted; the card waits for its mask."""
    sent = await person.send_photo(drawing())
    await conversation.catch_up()
    card = await person.last_from_bot()
    await conversation.press(person, card, "🖌 Изменить часть")
    assert "Отметьте, что изменить" in (await conversation.look(person, card))["text"]
    return sent


def check(job: Job, picture: Message, mask: Message) -> None:
    assert job.request.model == FILL
    assert job.request.pictures == (brought(picture),)
    assert job.request.mask == brought(mask)


async def test_a_painted_picture_is_the_mask_that_was_asked_for(
    conversation: Conversation, anya: Person
) -> None:
    """First the mask, then the words."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    assert "Место отмечено" in (await anya.last_from_bot())["text"]
    await conversation.hear(anya, "шляпа")
    job = await conversation.job(anya)
    assert job.request.prompt == "шляпа"
    check(job, picture, mask)


async def test_a_mask_with_a_caption_starts_at_once(
    conversation: Conversation, anya: Person
) -> None:
    """The caption is what shall appear there."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"), caption="шляпа")
    await conversation.catch_up()
    check(await conversation.job(anya), picture, mask)


async def test_words_before_the_mask_wait_for_it(conversation: Conversation, anya: Person) -> None:
    """Nothing starts without one, and the question stands."""
    await ask_for_mask(conversation, anya)
    assert "Сначала пришлите" in (await conversation.hear(anya, "шляпа"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_a_picture_that_answers_a_picture_is_its_mask(
    conversation: Conversation, anya: Person
) -> None:
    """Without any card before."""
    picture = await anya.send_photo(drawing())
    answer = await anya.send_files(
        drawing("white"), caption="шляпа", send_as="photo", reply_to=picture["message_id"]
    )
    await conversation.catch_up()
    check(await conversation.job(anya), picture, answer)


async def test_a_transparent_place_in_the_picture_itself_is_a_mask(
    conversation: Conversation, anya: Person
) -> None:
    """One file is both."""
    sent = await anya.send_files(with_hole())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "🖌 Изменить часть")
    await conversation.press(anya, await conversation.look(anya, card), "Прозрачное место уже есть")
    answer = await conversation.hear(anya, "шляпа")
    assert "Перерисую только прозрачное место" in answer["text"]
    request = (await conversation.job(anya)).request
    assert (request.model, request.marks_itself) == (FILL, True)
    assert request.pictures == (brought(sent),)


async def test_a_photo_is_not_said_to_have_a_transparent_place(
    conversation: Conversation, anya: Person
) -> None:
    """Telegram's photos never have one; a file may."""
    await ask_for_mask(conversation, anya)
    assert "Прозрачное место уже есть" not in labels(await anya.last_from_bot())


async def test_another_picture_to_start_from_has_no_mask_yet(
    conversation: Conversation, anya: Person
) -> None:
    """A mask belongs to the picture that it was made for."""
    await ask_for_mask(conversation, anya)
    await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    await anya.send_photo(drawing("blue"))
    await conversation.catch_up()
    card = await anya.last_from_bot()
    assert "Отметьте, что изменить" in card["text"]
    assert "Изображений" not in card["text"]


async def test_a_caption_fills_the_transparent_place_of_a_file(
    conversation: Conversation, anya: Person
) -> None:
    """Picture, mask and words in one message."""
    sent = await anya.send_files(with_hole(), caption="шляпа")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    file_id = sent["document"]["file_id"]
    assert (request.model, request.pictures) == (FILL, (brought(sent),))
    assert request.mask == Picture(file_id=file_id)


async def test_a_file_without_a_transparent_place_is_edited(
    conversation: Conversation, anya: Person
) -> None:
    """As a photo would be."""
    await anya.send_files(drawing(), caption="ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.model.endswith("/edit")


async def test_a_file_that_cannot_be_looked_at_is_edited(
    conversation: Conversation, anya: Person
) -> None:
    """The order does not wait for Telegram's files."""
    await conversation.disturb("getFile", status=400, description="Bad Request: wrong file_id")
    await anya.send_files(with_hole(), caption="ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.mask is None


async def test_transparency_at_the_border_marks_nothing(
    conversation: Conversation, anya: Person
) -> None:
    """A shadow, rounded corners or a logo's ground: the caption edits the picture, at the price of an edit."""
    await anya.send_files(with_transparent_border(), caption="ярче")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert request.model.endswith("/edit")
    assert request.mask is None
