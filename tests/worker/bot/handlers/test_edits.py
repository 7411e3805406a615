"""Edited messages, with and without a job."""

import pytest

from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.drawings import drawing, with_hole
from worker.model import Status

EXPLAINED = "Правку я вижу"


async def explained(conversation: Conversation, user: User, message: Message, text: str) -> bool:
    """Return whether the bot answers that an edit changes nothing; any other answer fails."""
    before = len(await user.from_bot())
    await user.edit(message, text)
    await conversation.catch_up()
    answers = [each["text"] for each in (await user.from_bot())[before:]]
    assert all(EXPLAINED in each for each in answers)
    assert await conversation.job_count(user) <= 1
    return bool(answers)


@pytest.mark.parametrize(
    ("text", "is_new"),
    [
        ("/image красное яблоко --seed 7", False),
        ("/image зелёное яблоко --seed 7", True),
        ("/image красное яблоко --seed 8", True),
        ("/video красное яблоко --seed 7", True),
    ],
)
async def test_edit_of_an_order_is_answered_when_its_text_differs(
    conversation: Conversation, anya: User, text: str, *, is_new: bool
) -> None:
    """Telegram reports an edit also for an added preview; the job does not run again either way."""
    message = await anya.say("/image красное яблоко --seed 7")
    await conversation.catch_up()
    assert await explained(conversation, anya, message, text) == is_new


async def test_edit_of_a_text_that_a_press_ordered(conversation: Conversation, anya: User) -> None:
    """The job came from this text, though a button started it."""
    offer = await conversation.send_text(anya, "красное яблоко")
    await conversation.press(anya, offer, "🖼")
    message = offer["reply_to_message"]
    assert not await explained(conversation, anya, message, "красное яблоко")
    assert await explained(conversation, anya, message, "красное яблоко в траве")


@pytest.mark.parametrize("text", ["красное яблоко", "зелёное яблоко", "/image зелёное яблоко"])
async def test_edit_of_a_text_without_a_job_is_ignored(
    conversation: Conversation, anya: User, text: str
) -> None:
    """There is no job that the edit could be meant for."""
    message = (await conversation.send_text(anya, "красное яблоко"))["reply_to_message"]
    assert not await explained(conversation, anya, message, text)


async def test_edit_of_a_caption_is_answered_when_it_differs(
    conversation: Conversation, anya: User
) -> None:
    """A caption orders as a text does."""
    message = await anya.send_photo(drawing(), caption="сделай ярче")
    await conversation.catch_up()
    assert not await explained(conversation, anya, message, "сделай ярче")
    assert await explained(conversation, anya, message, "сделай темнее")


async def test_edit_of_an_albums_caption_is_answered_when_it_differs(
    conversation: Conversation, anya: User
) -> None:
    """The job replies to another message of the album than the one with the caption."""
    pictures = (drawing(), drawing())
    message = await anya.send_files(*pictures, caption="соедини их, --count 2", send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    await conversation.job(anya)
    assert not await explained(conversation, anya, message, "соедини их, --count 2")
    assert await explained(conversation, anya, message, "соедини их в одно")


Words = tuple[str, str]


@pytest.mark.slow
@pytest.mark.parametrize("send_as", ["photo", "document"])
@pytest.mark.parametrize(
    ("captions", "place", "text", "is_new"),
    [
        (("соедини их, --count 2", ""), 0, "соедини их, --count 2", False),
        (("соедини их, --count 2", ""), 0, "соедини их", True),
        (("соедини их, --count 2", ""), 0, "соедини", True),
        (("соедини их, --count 2", ""), 0, "соедини их, --count 3", True),
        (("соедини их", ""), 0, "", True),
        (("соедини их", ""), 1, "в стиле комикса", True),
        (("соедини их", ""), 1, "", False),
        (("соедини их", "в стиле комикса"), 1, "в стиле комикса", False),
        (("соедини их", "в стиле комикса"), 0, "в стиле комикса", True),
    ],
)
async def test_edit_of_any_caption_of_an_album_is_answered(
    conversation: Conversation,
    anya: User,
    *,
    send_as: str,
    captions: Words,
    place: int,
    text: str,
    is_new: bool,
) -> None:
    """Photos or files, prompt and options, first image or another; an empty caption counts, too."""
    await anya.send_files(drawing(), drawing("blue"), send_as=send_as)
    messages = []
    for update, caption in zip(await conversation.updates(), captions, strict=True):
        update["message"] |= {"caption": caption} if caption else {}
        await conversation.handle(update)
        messages.append(update["message"])
    await conversation.fall_silent()
    await conversation.job(anya)
    assert await explained(conversation, anya, messages[place], text) == is_new


async def test_edit_of_the_text_after_an_album_is_answered(
    conversation: Conversation, anya: User
) -> None:
    """The text was the album's caption."""
    await anya.send_files(drawing(), drawing("blue"))
    message = await anya.say("соедини их")
    await conversation.catch_up()
    await conversation.fall_silent()
    await conversation.job(anya)
    assert not await explained(conversation, anya, message, "соедини их")
    assert await explained(conversation, anya, message, "соедини их в одно")


async def test_edit_of_an_album_with_a_mask_is_answered(
    conversation: Conversation, anya: User
) -> None:
    """Also after a press on «that is all»."""
    message = await anya.send_files(drawing(), with_hole(), caption="шляпа")
    await conversation.catch_up()
    await conversation.press(anya, await anya.last_from_bot(), "Готово")
    assert (await conversation.job(anya)).request.mask
    assert not await explained(conversation, anya, message, "шляпа")
    assert await explained(conversation, anya, message, "чёрная шляпа")


async def test_edit_in_another_chat_is_not_about_the_album(
    conversation: Conversation, anya: User
) -> None:
    """An order repeated from a private chat does not keep the message ids of its group."""
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    await conversation.send_text(group, "/start")
    to_bot = (await group.last_from_bot())["message_id"]
    await group.send_files(drawing(), drawing("blue"), caption="соедини", reply_to=to_bot)
    await conversation.catch_up()
    await conversation.fall_silent()
    job = await conversation.job(anya)
    await conversation.jobs.move(job, None, Status.FAILED, due=None, failure="busy")
    card = await conversation.send_text(anya, f"/status {job.id}")
    await conversation.press(anya, card, "🔁")
    repeated = (await conversation.job(anya)).request
    assert repeated.chat_id == anya.id
    assert set(repeated.fingerprints) == {repeated.message_id}


async def test_edit_in_a_group(conversation: Conversation, anya: User) -> None:
    """Edits by colleagues are ignored."""
    here = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    message = await here.say("/image красное яблоко")
    await conversation.catch_up()
    assert not await explained(conversation, here, message, "/image красное яблоко")
    assert await explained(conversation, here, message, "/image зелёное яблоко")
