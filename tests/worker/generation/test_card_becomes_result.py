"""A result that is ready soon after its order replaces its card; a later one comes in a message of its own."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery, Place
from tests.message import buttons, opener, words
from tests.processes import TOKEN
from tests.worker.generation.stored import Stored, received
from tests.worker.generation.test_progress import GONE
from tests.worker.generation.test_telegram_outage import LOST
from tests.worker.generation.test_telegram_refusals import UPLOADS, calls, is_whole
from worker.generation import result_albums
from worker.jobs.deletion import Deletion
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import Status

pytestmark = pytest.mark.slow


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more than a minute pass between an order and its result."""
    monkeypatch.setattr(result_albums, "NOTIFY_AFTER", -1)


async def test_card_becomes_the_result(stored: Stored) -> None:
    """The chat has one message, which replies find, with caption, buttons and Telegram's file id."""
    job = await stored.make()
    card = await stored.card(job)
    done = await stored.finish(job)
    assert is_whole(done)
    (result,) = await stored.user.from_bot()
    assert (result["message_id"], done.sent_message_ids) == (card, (card,))
    assert result["photo"][-1]["file_id"] == done.files[0].file_id
    assert words(result).startswith("a boat")
    assert opener(result)
    index = MessageIndex(stored.redis)
    assert await index.find(stored.user.id, card) == ResultRef(job.id, 0)
    assert done.edit_attempts == ()


async def test_card_becomes_the_result_in_a_group(stored: Stored) -> None:
    group = await stored.group()
    job = await stored.make(place=Place(group.chat_id))
    card = await stored.card(job)
    assert is_whole(await stored.finish(job))
    (result,) = await group.from_bot()
    assert result["message_id"] == card
    assert "photo" in result


async def test_result_in_its_card_is_deleted_once(stored: Stored) -> None:
    """The card and the result are the same message."""
    job = await stored.make()
    await stored.card(job)
    done = await stored.finish(job)
    bot = create_bot(TOKEN, stored.world.telegram_url)
    storage = Storage.open(stored.settings.media_dir, None)
    deletion = Deletion(stored.jobs, storage, MessageIndex(stored.redis))
    assert await deletion.delete(done, Delivery(bot))
    await bot.session.close()
    assert await received(stored.user) == {}


async def test_transparent_image_becomes_a_document_in_the_card(stored: Stored) -> None:
    """Telegram would make it opaque as a photo."""
    job = await stored.make()
    card = await stored.card(job)
    clear = [file.model_copy(update={"transparent": True}) for file in job.files]
    await stored.jobs.update_fields(job.id, files=[file.model_dump() for file in clear])
    assert is_whole(await stored.finish(job))
    (result,) = await stored.user.from_bot()
    assert (result["message_id"], "document" in result) == (card, True)


async def test_refused_photo_becomes_a_document_in_the_card(stored: Stored) -> None:
    """With its caption and its buttons."""
    job = await stored.make()
    card = await stored.card(job)
    await stored.disturb("editMessageMedia", status=400, description="IMAGE_PROCESS_FAILED")
    done = await stored.finish(job)
    assert is_whole(done)
    (result,) = await stored.user.from_bot()
    assert (result["message_id"], "document" in result) == (card, True)
    assert "a boat" in words(result)
    assert buttons(result)
    assert done.files[0].document_id


@pytest.mark.parametrize("reason", ["MEDIA_PREV_INVALID", "PHOTO_SOMETHING"])
async def test_card_that_takes_no_media_is_replaced(stored: Stored, reason: str) -> None:
    """What an edit is refused for may be no obstacle for a message: it has the photo."""
    job = await stored.make()
    card = await stored.card(job)
    await stored.refuse("editMessageMedia", reason)
    assert is_whole(await stored.finish(job))
    (result,) = await stored.user.from_bot()
    assert result["message_id"] != card
    assert "photo" in result
    assert opener(result)
    assert len(await calls(stored, "editMessageMedia")) == 2


async def test_file_refused_in_every_form_becomes_a_text(stored: Stored) -> None:
    """It says where the file is, with the buttons of the result; the card does not stay beside it."""
    job = await stored.make()
    card = await stored.card(job)
    for method in ("editMessageMedia", *UPLOADS):
        await stored.refuse(method, "PHOTO_SOMETHING")
    await stored.disturb("sendMessage", status=429, retry_after=30)
    assert is_whole(await stored.finish(job))
    (text,) = await stored.user.from_bot()
    assert text["message_id"] != card
    assert "/my" in words(text)
    assert buttons(text)


async def test_progress_does_not_overwrite_the_result(stored: Stored) -> None:
    """While Telegram replaces the text, it would take an edit of the text for one of the caption."""
    job = await stored.make()
    card = await stored.card(job)
    await stored.disturb("editMessageMedia", status=200, delay=2.5)
    assert is_whole(await stored.finish(job))
    (result,) = await stored.user.from_bot()
    assert result["message_id"] == card
    assert words(result).startswith("a boat")
    assert opener(result)


async def test_edit_that_gives_way_to_another_is_repeated(stored: Stored) -> None:
    """Telegram ends an edit of the media when another one of the same message begins."""
    job = await stored.make()
    card = await stored.card(job)
    reason = "canceled by new editMessageMedia request"
    await stored.disturb("editMessageMedia", status=400, description=reason)
    done = await stored.finish(job)
    assert (is_whole(done), done.detail) == (True, None)
    (result,) = await stored.user.from_bot()
    assert (result["message_id"], "photo" in result) == (card, True)


async def test_group_without_photos_gets_a_document_in_the_card(stored: Stored) -> None:
    group = await stored.group()
    await group.forbid_bot("photo")
    job = await stored.make(place=Place(group.chat_id))
    card = await stored.card(job)
    assert is_whole(await stored.finish(job))
    (result,) = await group.from_bot()
    assert (result["message_id"], "document" in result) == (card, True)


async def test_group_without_files_says_on_the_card_where_the_result_went(stored: Stored) -> None:
    group = await stored.group()
    await group.forbid_bot("photo", "document")
    job = await stored.make(place=Place(group.chat_id))
    await stored.card(job)
    done = await stored.finish(job)
    assert (is_whole(done), done.in_private) == (True, True)
    (card,) = await group.from_bot()
    assert "in private" in words(card)
    assert await received(stored.user) == {"photo": 1}


@pytest.mark.parametrize(
    "reason", [*GONE, "there is no such message", "there is no media in the message to edit"]
)
async def test_card_that_cannot_be_edited_is_replaced(stored: Stored, reason: str) -> None:
    """The result is a new message, after one edit, and the card does not stay beside it."""
    job = await stored.make()
    card = await stored.card(job)
    await stored.refuse("editMessageMedia", reason)
    assert is_whole(await stored.finish(job))
    (result,) = await stored.user.from_bot()
    assert result["message_id"] != card
    assert "photo" in result
    assert len(await calls(stored, "editMessageMedia")) == 1


async def test_card_deleted_by_its_user_is_not_missed(stored: Stored) -> None:
    job = await stored.make()
    await stored.card(job)
    await stored.user.delete(await stored.user.last_from_bot())
    assert is_whole(await stored.finish(job))
    assert await received(stored.user) == {"photo": 1}


async def test_flood_limit_delays_the_edit(stored: Stored) -> None:
    job = await stored.make()
    card = await stored.card(job)
    await stored.disturb("editMessageMedia", status=429, retry_after=30, times=3)
    assert is_whole(await stored.finish(job))
    (result,) = await stored.user.from_bot()
    assert result["message_id"] == card
    assert not [call for method in UPLOADS for call in await calls(stored, method)]


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_lost_response_of_the_edit_repeats_nothing(
    stored: Stored, fault: Mapping[str, Any]
) -> None:
    """The edit is repeated, however often: the same message shows the same result."""
    job = await stored.make()
    card = await stored.card(job)
    await stored.disturb("editMessageMedia", after=True, times=3, **fault)
    done = await stored.finish(job)
    assert is_whole(done)
    (result,) = await stored.user.from_bot()
    assert (result["message_id"], done.sent_message_ids) == (card, (card,))


async def test_edits_without_a_response_are_limited(stored: Stored) -> None:
    """The job ends; its card is the result, so nothing is said beside it."""
    job = await stored.make()
    await stored.card(job)
    await stored.disturb("editMessageMedia", after=True, times=100, status=502, body="<html>")
    done = await stored.finish(job)
    assert done.status is Status.DONE
    assert await received(stored.user) == {"photo": 1}


@pytest.mark.usefixtures("late")
async def test_late_result_is_a_new_message(stored: Stored) -> None:
    """An edit does not notify, and the user may have put the phone away; the card goes."""
    await stored.user.say("/image a boat")
    order = (await stored.user.messages())[-1]["message_id"]
    job = await stored.make(place=Place(stored.user.id, reply_to=order))
    card = await stored.card(job)
    done = await stored.finish(job)
    assert is_whole(done)
    (result,) = await stored.user.from_bot()
    assert result["message_id"] != card
    assert result["reply_to_message"]["message_id"] == order
    assert (done.progress_message_id, done.sent_message_ids) == (None, (result["message_id"],))
    assert await MessageIndex(stored.redis).find(stored.user.id, card) is None


@pytest.mark.usefixtures("late")
async def test_card_that_cannot_be_deleted_says_that_the_job_is_done(stored: Stored) -> None:
    """As a bot may not delete a message of the day before yesterday."""
    job = await stored.make()
    await stored.card(job)
    await stored.refuse("deleteMessage", "message can't be deleted for everyone")
    assert is_whole(await stored.finish(job))
    card, result = await stored.user.from_bot()
    assert words(card).startswith("✅ Done in")
    assert not buttons(card)
    assert "photo" in result


@pytest.mark.usefixtures("late")
async def test_outage_while_the_card_is_deleted_delays_it(stored: Stored) -> None:
    job = await stored.make()
    await stored.card(job)
    await stored.disturb("deleteMessage", status=502, body="<html>", times=3)
    assert is_whole(await stored.finish(job))
    assert await received(stored.user) == {"photo": 1}


async def test_album_leaves_no_card_beside_it(stored: Stored) -> None:
    """Its last message has the buttons."""
    job = await stored.make(3)
    await stored.card(job)
    assert is_whole(await stored.finish(job))
    assert await received(stored.user) == {"photo": 3, "buttons": 1}
