import pytest

from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, forward, labels
from tests.worker.bot.drawings import (
    brought,
    drawing,
    opaque_with_alpha,
    with_hole,
    with_transparent_border,
)
from tests.worker.bot.test_forged_callbacks import press as forge
from worker.bot.callback_data import MarkedInPicture
from worker.model import Job

FILL = "fal-ai/flux-pro/v1/fill"


async def ask_for_mask(conversation: Conversation, user: User) -> Message:
    """Send the image to repaint; the card waits for its mask."""
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


async def test_painted_image_is_the_mask(conversation: Conversation, anya: User) -> None:
    """First the mask, then the prompt."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    assert "Место отмечено" in (await anya.last_from_bot())["text"]
    await conversation.send_text(anya, "шляпа")
    job = await conversation.job(anya)
    assert job.request.prompt == "шляпа"
    check(job, picture, mask)


async def test_mask_with_a_caption_starts(conversation: Conversation, anya: User) -> None:
    """The caption is the prompt."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"), caption="шляпа")
    await conversation.catch_up()
    check(await conversation.job(anya), picture, mask)


async def test_forwarded_mask_with_a_caption_waits_for_a_press(
    conversation: Conversation, anya: User
) -> None:
    """Its caption was not written for the bot."""
    picture = await ask_for_mask(conversation, anya)
    mask = await anya.send_photo(drawing("white"), caption="шляпа")
    (update,) = await conversation.updates()
    await conversation.handle(forward(update))
    assert await conversation.job_count(anya) == 0
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    check(await conversation.job(anya), picture, mask)


async def test_prompt_before_the_mask_waits(conversation: Conversation, anya: User) -> None:
    """Nothing starts without the mask, and the question stays."""
    await ask_for_mask(conversation, anya)
    assert "Сначала пришлите" in (await conversation.send_text(anya, "шляпа"))["text"]
    assert await conversation.job_count(anya) == 0


async def test_words_instead_of_a_mask_to_erase(conversation: Conversation, anya: User) -> None:
    """The answer asks for the mask only: erasing takes no words."""
    await anya.send_photo(drawing())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "Ещё…")
    await conversation.press(anya, await conversation.look(anya, card), "🧽 Стереть")
    assert "Описание здесь не нужно" in (await conversation.send_text(anya, "лодку"))["text"]
    await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    await conversation.press(anya, await anya.last_from_bot(), "▶️ Начать")
    assert (await conversation.job(anya)).request.prompt == ""


async def test_image_as_a_reply_is_the_mask(conversation: Conversation, anya: User) -> None:
    """Without a card before."""
    picture = await anya.send_photo(drawing())
    answer = await anya.send_files(
        drawing("white"), caption="шляпа", send_as="photo", reply_to=picture["message_id"]
    )
    await conversation.catch_up()
    check(await conversation.job(anya), picture, answer)


async def test_transparent_area_is_the_mask(conversation: Conversation, anya: User) -> None:
    """One file is image and mask."""
    sent = await anya.send_files(with_hole())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "🖌 Изменить часть")
    await conversation.press(anya, await conversation.look(anya, card), "Прозрачное место уже есть")
    answer = await conversation.send_text(anya, "шляпа")
    assert "Перерисую только прозрачное место" in answer["text"]
    request = (await conversation.job(anya)).request
    assert (request.model, request.marks_itself) == (FILL, True)
    assert request.pictures == (brought(sent),)


OWN_MASK = "Прозрачное место уже есть"


async def test_photo_offers_no_transparent_area(conversation: Conversation, anya: User) -> None:
    """Telegram's photos never have one, and none is downloaded to check."""
    before = len(await conversation.calls("getFile"))
    await ask_for_mask(conversation, anya)
    assert OWN_MASK not in labels(await anya.last_from_bot())
    assert len(await conversation.calls("getFile")) == before


async def offers_own_mask(conversation: Conversation, user: User) -> bool:
    """Return whether the open card offers the image's own transparent area as the mask."""
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
async def test_own_mask_is_offered_only_if_it_exists(
    conversation: Conversation, anya: User, file: bytes, *, is_offered: bool
) -> None:
    """The pixels decide; transparency at the border marks nothing."""
    await anya.send_files(file)
    await conversation.catch_up()
    assert await offers_own_mask(conversation, anya) is is_offered


@pytest.mark.parametrize("mime_type", ["image/jpeg", "image/apng", "application/octet-stream"])
async def test_own_mask_ignores_the_declared_type(
    conversation: Conversation, anya: User, mime_type: str
) -> None:
    """The content decides, not the declared type."""
    await anya.send_files(with_hole())
    (update,) = await conversation.updates()
    update["message"]["document"]["mime_type"] = mime_type
    await conversation.handle(update)
    assert await offers_own_mask(conversation, anya)


@pytest.mark.parametrize(("file", "is_offered"), [(with_hole(), True), (drawing(), False)])
async def test_own_mask_of_a_replied_file(
    conversation: Conversation, anya: User, file: bytes, *, is_offered: bool
) -> None:
    """Every way to a card checks the image."""
    sent = await anya.send_files(file)
    await conversation.catch_up()
    await conversation.send_text(anya, "/image", reply_to=sent["message_id"])
    assert await offers_own_mask(conversation, anya) is is_offered


async def test_own_mask_of_a_file_added_to_a_card(conversation: Conversation, anya: User) -> None:
    """It is offered there, too."""
    await conversation.send_text(anya, "🖼 Изображение")
    await anya.send_files(with_hole())
    await conversation.catch_up()
    assert await offers_own_mask(conversation, anya)


@pytest.mark.parametrize(("choice", "is_offered"), [("1", False), ("2", True)])
async def test_own_mask_of_an_image_chosen_out_of_an_album(
    conversation: Conversation, anya: User, choice: str, *, is_offered: bool
) -> None:
    """As of the same file alone."""
    await anya.send_files(drawing(), with_hole())
    await conversation.catch_up()
    await conversation.fall_silent()
    assert not await offers_own_mask(conversation, anya)
    card = await anya.last_from_bot()
    await conversation.press(anya, await conversation.look(anya, card), choice)
    assert (OWN_MASK in labels(await conversation.look(anya, card))) is is_offered


async def test_another_image_resets_the_own_mask(conversation: Conversation, anya: User) -> None:
    """The check of one file does not apply to another."""
    await anya.send_files(with_hole())
    await conversation.catch_up()
    await anya.send_photo(drawing())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "Оставить только последнее")
    assert not await offers_own_mask(conversation, anya)


async def test_stale_offer_of_an_own_mask_is_refused(
    conversation: Conversation, anya: User
) -> None:
    """A card of an earlier release may still have the button."""
    await ask_for_mask(conversation, anya)
    card = await anya.last_from_bot()
    answer = await forge(conversation, anya, card, MarkedInPicture(owner=anya.id).pack())
    assert "устарела" in answer["text"]
    assert "Сначала пришлите" in (await conversation.send_text(anya, "шляпа"))["text"]


async def test_another_image_has_no_mask(conversation: Conversation, anya: User) -> None:
    """A mask belongs to the image that it was made for."""
    await ask_for_mask(conversation, anya)
    await anya.send_photo(drawing("white"))
    await conversation.catch_up()
    await anya.send_photo(drawing("blue"))
    await conversation.catch_up()
    card = await anya.last_from_bot()
    assert "Отметьте, что изменить" in card["text"]
    assert "Изображений" not in card["text"]


async def test_caption_fills_the_transparent_area(conversation: Conversation, anya: User) -> None:
    """Image, mask and prompt in one message."""
    sent = await anya.send_files(with_hole(), caption="шляпа")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert (request.model, request.pictures) == (FILL, (brought(sent),))
    assert request.mask == brought(sent)


async def test_file_without_a_transparent_area_is_edited(
    conversation: Conversation, anya: User
) -> None:
    """As a photo would be."""
    await anya.send_files(drawing(), caption="ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.model.endswith("/edit")


async def test_file_that_cannot_be_checked_is_edited(
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
    """With a shadow or rounded corners the caption edits the image, at the price of an edit."""
    await anya.send_files(with_transparent_border(), caption="ярче")
    await conversation.catch_up()
    request = (await conversation.job(anya)).request
    assert request.model.endswith("/edit")
    assert request.mask is None
