from typing import Any

import pytest

from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import (
    brought,
    drawing,
    opaque_with_alpha,
    with_hole,
    with_transparent_border,
)
from tests.worker.bot.test_forged_presses import press as forge
from worker.bot.callback_data import MarkedInPicture
from worker.model import Job

FILL = "fal-ai/flux-pro/v1/fill"


async def ask_for_mask(conversation: Conversation, user: User) -> Message:
    """The picture that is to be repainted; the card waits for its mask."""
    sent = await user.send_photo(drawing())
    await conversation.catch_up()
    card = await user.last_from_bot()
    await conversation.press(user, card, "🖌 Изменить часть")
    assert "Отметьте, что изменить" in (await conversation.look(user, card))["text"]
    return sent


def check(job: Job, picture: Message, mask: Message) -> None:
    assert job.request.model == FILL
    assert job.request.pictures == (brought(picture),)
    assert job.request.mask == brought(mask)


async def test_a_painted_picture_is_the_mask_that_was_asked_for(
    conversation: Conversation, anya: User
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


async def test_a_mask_with_a_caption_starts_at_once(conversation: Conversation, anya: User) -> None:
    """The caption is what shall appear there."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"), caption="шляпа")
    await conversation.catch_up()
    check(await conversation.job(anya), picture, mask)


def forward(update: dict[str, Any]) -> None:
    message = update["message"]
    origin = {"type": "hidden_user", "date": message["date"], "sender_user_name": "Борис"}
    message["forward_origin"] = origin


async def test_a_forwarded_mask_with_a_caption_waits_for_a_press(
    conversation: Conversation, anya: User
) -> None:
    """Its words were not written to the bot."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"), caption="шляпа")
    (update,) = await conversation.updates()
    forward(update)
    await conversation.handle(update)
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    check(await conversation.job(anya), picture, mask)


async def test_words_before_the_mask_wait_for_it(conversation: Conversation, anya: User) -> None:
    """Nothing starts without one, and the question stands."""
    await ask_for_mask(conversation, anya)
    assert "Сначала пришлите" in (await conversation.hear(anya, "шляпа"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_a_picture_that_answers_a_picture_is_its_mask(
    conversation: Conversation, anya: User
) -> None:
    """Without any card before."""
    picture = await anya.send_photo(drawing())
    answer = await anya.send_files(
        drawing("white"), caption="шляпа", send_as="photo", reply_to=picture["message_id"]
    )
    await conversation.catch_up()
    check(await conversation.job(anya), picture, answer)


async def test_a_transparent_place_in_the_picture_itself_is_a_mask(
    conversation: Conversation, anya: User
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


OWN_MASK = "Прозрачное место уже есть"


async def test_a_photo_is_not_said_to_have_a_transparent_place(
    conversation: Conversation, anya: User
) -> None:
    """Telegram's photos never have one, and none is fetched to see."""
    before = len(await conversation.calls("getFile"))
    await ask_for_mask(conversation, anya)
    assert OWN_MASK not in labels(await anya.last_from_bot())
    assert len(await conversation.calls("getFile")) == before


async def offers_own_mask(conversation: Conversation, user: User) -> bool:
    """Whether the open card offers the image's own transparent place once it asks for a mask."""
    card = await user.last_from_bot()
    await conversation.press(user, card, "🖌 Изменить часть")
    return OWN_MASK in labels(await conversation.look(user, card))


@pytest.mark.parametrize(
    ("file", "is_offered"),
    [
        (drawing(), False),
        (drawing(form="WEBP"), False),
        (opaque_with_alpha(), False),
        (with_transparent_border(), False),
        (with_hole(), True),
        (with_hole(form="WEBP"), True),
    ],
)
async def test_its_own_transparent_place_is_offered_only_of_a_file_that_has_one(
    conversation: Conversation, anya: User, file: bytes, *, is_offered: bool
) -> None:
    """The pixels decide; transparency at the border marks nothing."""
    await anya.send_files(file)
    await conversation.catch_up()
    assert await offers_own_mask(conversation, anya) is is_offered


@pytest.mark.parametrize("mime_type", ["image/jpeg", "image/apng", "application/octet-stream"])
async def test_its_own_transparent_place_is_offered_whatever_the_files_type_says(
    conversation: Conversation, anya: User, mime_type: str
) -> None:
    """A type never decides before the content."""
    await anya.send_files(with_hole())
    (update,) = await conversation.updates()
    update["message"]["document"]["mime_type"] = mime_type
    await conversation.handle(update)
    assert await offers_own_mask(conversation, anya)


@pytest.mark.parametrize(("file", "is_offered"), [(with_hole(), True), (drawing(), False)])
async def test_its_own_transparent_place_is_offered_of_a_file_that_is_answered(
    conversation: Conversation, anya: User, file: bytes, *, is_offered: bool
) -> None:
    """Every way to a card looks at the image."""
    sent = await anya.send_files(file)
    await conversation.catch_up()
    await conversation.hear(anya, "/image", reply_to=sent["message_id"])
    assert await offers_own_mask(conversation, anya) is is_offered


async def test_a_file_with_a_transparent_place_joins_a_card_that_waits_for_words(
    conversation: Conversation, anya: User
) -> None:
    """Its place is offered there too."""
    await conversation.hear(anya, "🖼 Изображение")
    await anya.send_files(with_hole())
    await conversation.catch_up()
    assert await offers_own_mask(conversation, anya)


async def test_another_image_takes_the_offer_of_the_first_with_it(
    conversation: Conversation, anya: User
) -> None:
    """What was seen of one file is not said of another."""
    await anya.send_files(with_hole())
    await conversation.catch_up()
    await anya.send_photo(drawing())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "Оставить только последнее")
    assert not await offers_own_mask(conversation, anya)


async def test_a_press_on_an_offer_that_does_not_hold_marks_nothing(
    conversation: Conversation, anya: User
) -> None:
    """A card of an earlier release may still offer it."""
    await ask_for_mask(conversation, anya)
    card = await anya.last_from_bot()
    answer = await forge(conversation, anya, card, MarkedInPicture(owner=anya.id).pack())
    assert "устарела" in answer["text"]
    assert "Сначала пришлите" in (await conversation.hear(anya, "шляпа"))["text"]


async def test_another_picture_to_start_from_has_no_mask_yet(
    conversation: Conversation, anya: User
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
    conversation: Conversation, anya: User
) -> None:
    """Picture, mask and words in one message."""
    sent = await anya.send_files(with_hole(), caption="шляпа")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert (request.model, request.pictures) == (FILL, (brought(sent),))
    assert request.mask == brought(sent)


async def test_a_file_without_a_transparent_place_is_edited(
    conversation: Conversation, anya: User
) -> None:
    """As a photo would be."""
    await anya.send_files(drawing(), caption="ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.model.endswith("/edit")


async def test_a_file_that_cannot_be_looked_at_is_edited(
    conversation: Conversation, anya: User
) -> None:
    """The order does not wait for Telegram's files."""
    for _ in range(2):
        refusal = {"status": 400, "description": "Bad Request: wrong file_id"}
        await conversation.disturb("getFile", **refusal)
    await anya.send_files(with_hole(), caption="ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.mask is None


async def test_transparency_at_the_border_marks_nothing(
    conversation: Conversation, anya: User
) -> None:
    """A shadow, rounded corners or a logo's ground: the caption edits the picture, at the price of an edit."""
    await anya.send_files(with_transparent_border(), caption="ярче")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert request.model.endswith("/edit")
    assert request.mask is None
