"""A message that Telegram refuses is sent in another form: every stored result reaches its user, and no job fails."""

from typing import Any

import pytest

from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery, Place
from tests.infra.images.test_containers import broken_pixels
from tests.message import buttons, words
from tests.processes import TOKEN
from tests.user import User
from tests.worker.generation.stored import Stored, received
from worker.jobs.deletion import Deletion
from worker.jobs.message_index import MessageIndex
from worker.model import Job, Status, Undelivered

pytestmark = pytest.mark.slow

UPLOADS = ("sendPhoto", "sendVideo", "sendDocument", "sendMediaGroup")
BAD_FILES = (
    "IMAGE_PROCESS_FAILED",
    "PHOTO_INVALID_DIMENSIONS",
    "VIDEO_CONTENT_TYPE_INVALID",
    "wrong file identifier/HTTP URL specified",
    "SOMETHING_NEW",
)


async def calls(stored: Stored, method: str) -> list[dict[str, Any]]:
    """Return the bot's calls of a method to this user."""
    log = (await stored.world.http.get(f"{stored.world.telegram_url}/sent")).json()
    about = (method, stored.user.id)
    return [call for call in log if (call["method"], call["chat_id"]) == about]


def is_whole(job: Job) -> bool:
    return (job.status, job.undelivered, job.failure) == (Status.DONE, None, None)


@pytest.mark.parametrize("reason", BAD_FILES)
async def test_refused_photo_is_sent_as_a_document(stored: Stored, reason: str) -> None:
    """Every byte of it, with its caption and its buttons."""
    await stored.refuse("sendPhoto", reason)
    done = await stored.send()
    assert is_whole(done)
    assert await received(stored.user) == {"document": 1}
    (document,) = [each for each in await stored.user.from_bot() if "document" in each]
    assert "a boat" in words(document)
    assert buttons(document)
    assert done.files[0].document_id


async def test_image_that_telegram_cannot_decode_is_sent_as_a_document(stored: Stored) -> None:
    """A result is verified by its container; Telegram finds what only decoding finds, and every byte arrives."""
    job = await stored.make()
    storage = Storage.open(stored.settings.media_dir, stored.settings.storage_url)
    await storage.put(job.files[0].key, broken_pixels())
    done = await stored.finish(job)
    assert is_whole(done)
    assert await received(stored.user) == {"document": 1}


@pytest.mark.parametrize("status", [400, 404, 413])
async def test_file_refused_in_every_form_becomes_a_text(stored: Stored, status: int) -> None:
    """The text says where the file is; the job is done, and its record has the reason."""
    for method in UPLOADS:
        await stored.refuse(method, "PHOTO_SOMETHING", status=status)
    done = await stored.send()
    assert (done.status, done.failure) == (Status.DONE, None)
    assert "PHOTO_SOMETHING" in (done.detail or "")
    (text,) = await stored.user.from_bot()
    assert "/my" in words(text)
    assert any("Again" in each["text"] for each in buttons(text))


async def test_file_refused_in_every_form_is_sent_as_a_link(stored: Stored) -> None:
    """If links are configured."""
    stored.settings = stored.settings.model_copy(update={"public_url": "http://127.0.0.1:9"})
    for method in UPLOADS:
        await stored.refuse(method, "PHOTO_SOMETHING")
    await stored.send()
    first, *_ = await stored.user.from_bot()
    links = [each["url"] for each in first["entities"] if each["type"] == "text_link"]
    assert links[0].startswith("http://127.0.0.1:9/files/")


async def test_message_refused_in_every_form_edits_the_card(stored: Stored) -> None:
    """The card says where the file is; the job is done, not failed."""
    job = await stored.make()
    card = await stored.card(job)
    for method in (*UPLOADS, "sendMessage", "editMessageMedia"):
        await stored.refuse(method, "SOMETHING_NEW")
    done = await stored.finish(job)
    assert (done.status, done.undelivered) == (Status.DONE, Undelivered.REFUSED)
    assert "SOMETHING_NEW" in (done.detail or "")
    last = await stored.user.last_from_bot()
    assert last["message_id"] == card
    assert ["✅" in words(last), "/my" in words(last), buttons(last)] == [True, True, []]
    assert len([call for each in UPLOADS for call in await calls(stored, each)]) <= 10


async def test_refused_caption_is_dropped(stored: Stored) -> None:
    """The file comes with its job's id, and without the text that Telegram refuses."""
    await stored.disturb("sendPhoto", status=400, description="can't parse entities: …")
    done = await stored.send()
    assert is_whole(done)
    (photo,) = await stored.user.from_bot()
    assert words(photo) == done.id


@pytest.mark.parametrize("reason", ["REPLY_MESSAGE_ID_INVALID", "message to be replied not found"])
async def test_refused_reply_is_dropped(stored: Stored, reason: str) -> None:
    """The same photo is sent without the reply."""
    await stored.disturb("sendPhoto", status=400, description=reason)
    assert is_whole(await stored.send())
    assert (await received(stored.user))["photo"] == 1


async def test_refused_form_is_not_tried_again(stored: Stored) -> None:
    """A flood wait between two forms does not restart from the first."""
    await stored.refuse("sendPhoto", "IMAGE_PROCESS_FAILED")
    await stored.disturb("sendDocument", status=429, retry_after=30, times=3)
    assert is_whole(await stored.send())
    assert (await received(stored.user))["document"] == 1
    assert len(await calls(stored, "sendPhoto")) == 1


class TestInAGroup:
    async def topic(self, stored: Stored) -> tuple[User, int, Place]:
        group = await stored.group(forum=True)
        thread = await group.create_topic("Boats")
        return group, thread, Place(group.chat_id, thread)

    async def test_closed_topic_falls_back_to_the_general_one(self, stored: Stored) -> None:
        """The rest of the group is open."""
        group, thread, place = await self.topic(stored)
        job = await stored.make(place=place)
        await group.close_topic(thread)
        assert is_whole(await stored.finish(job))
        assert await received(group) == {"photo": 1}

    async def test_deleted_topic_falls_back_to_the_general_one(self, stored: Stored) -> None:
        """An album and its buttons stay together."""
        group, thread, place = await self.topic(stored)
        job = await stored.make(2, place)
        await group.delete_topic(thread)
        assert is_whole(await stored.finish(job))
        assert await received(group) == {"photo": 2, "buttons": 1}

    async def test_group_without_photos_gets_a_document(self, stored: Stored) -> None:
        """The bot may still send documents there."""
        group = await stored.group()
        await group.forbid_bot("photo")
        assert is_whole(await stored.send(place=Place(group.chat_id)))
        assert (await received(group))["document"] == 1

    @pytest.mark.parametrize("count", [1, 3])
    async def test_group_without_files_falls_back_to_private(
        self, stored: Stored, count: int
    ) -> None:
        """The private message gives the reason; the group reads where the result went."""
        group = await stored.group()
        await group.forbid_bot("photo", "document")
        done = await stored.send(count, Place(group.chat_id))
        assert is_whole(done)
        assert done.in_private
        found = [each for each in await stored.user.from_bot() if "photo" in each]
        assert len(found) == count
        assert "group" in words(found[0])
        assert "in private" in words(await group.last_from_bot())

    @pytest.mark.parametrize("count", [1, 2])
    async def test_closed_group_falls_back_to_private(self, stored: Stored, count: int) -> None:
        """If the bot is removed or silenced, the result goes to its user, with its buttons."""
        group = await stored.group()
        job = await stored.make(count, Place(group.chat_id))
        await group.make_bot("kicked")
        done = await stored.finish(job)
        assert is_whole(done)
        photos = (await received(stored.user))["photo"]
        assert photos == count
        assert any(buttons(each) for each in await stored.user.from_bot())

    async def test_result_sent_to_private_is_deleted_there(self, stored: Stored) -> None:
        """A supergroup's messages have ids of their own."""
        group = await stored.group()
        job = await stored.make(place=Place(group.chat_id))
        await group.make_bot("kicked")
        done = await stored.finish(job)
        bot = create_bot(TOKEN, stored.world.telegram_url)
        storage = Storage.open(stored.settings.media_dir, None)
        deletion = Deletion(stored.jobs, storage, MessageIndex(stored.redis))
        assert await deletion.delete(done, Delivery(bot))
        await bot.session.close()
        assert await received(stored.user) == {}

    async def test_failure_in_a_closed_group_is_sent_to_private(self, stored: Stored) -> None:
        """A failed job has an end message, too."""
        group = await stored.group()
        job = await stored.make(place=Place(group.chat_id))
        await stored.jobs.move(job, None, Status.FAILED, due=0, failure="busy")
        await group.forbid_bot("*")
        await stored.finish(job)
        assert "❌" in words(await stored.user.last_from_bot())

    async def test_unreachable_user_leaves_the_job_done(self, stored: Stored) -> None:
        """The job's record says why nothing was sent."""
        group = await stored.group()
        job = await stored.make(place=Place(group.chat_id))
        await group.make_bot("kicked")
        await stored.user.block()
        done = await stored.finish(job)
        assert (done.status, done.undelivered) == (Status.DONE, Undelivered.UNREACHABLE)
        assert "blocked" in (done.detail or "")


class TestAnAlbum:
    @pytest.mark.parametrize(("count", "groups"), [(10, 1), (11, 1), (12, 2), (21, 2)])
    async def test_many_results_are_sent_in_albums_of_ten(
        self, stored: Stored, count: int, groups: int
    ) -> None:
        """A single remaining one is sent alone: an album has at least two items."""
        done = await stored.send(count)
        assert is_whole(done)
        assert await received(stored.user) == {"photo": count, "buttons": 1}
        albums = [call for call in await calls(stored, "sendMediaGroup") if call["status"] == 200]
        assert len(albums) == groups
        assert len(done.sent_message_ids) == count + 1
        assert all(file.file_id for file in done.files)

    async def test_refused_item_does_not_withhold_the_others(self, stored: Stored) -> None:
        """They are sent one by one, the refused one as a document."""
        piece = 'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'
        await stored.disturb("sendMediaGroup", status=400, description=piece)
        job = await stored.make(3)
        done = await stored.finish(job)
        assert is_whole(done)
        assert await received(stored.user) == {"photo": 3, "buttons": 1}

    async def test_item_refused_in_every_form_is_named(self, stored: Stored) -> None:
        """The text says which file of how many."""
        for method in UPLOADS:
            await stored.refuse(method, "PHOTO_SOMETHING")
        done = await stored.send(2)
        assert done.status is Status.DONE
        first, second, *_ = map(words, await stored.user.from_bot())
        assert ["file 1 of 2" in first, "file 2 of 2" in second] == [True, True]

    async def test_sent_items_of_an_album_are_not_repeated(self, stored: Stored) -> None:
        """Telegram goes down between items, and between two albums."""
        await stored.disturb("sendMediaGroup", status=400, description="Group send failed")
        job = await stored.make(4)
        await stored.disturb("sendPhoto", status=200)
        await stored.disturb("sendPhoto", status=429, retry_after=30)
        await stored.disturb("sendPhoto", status=200)
        await stored.disturb("sendPhoto", status=502, body="<html>", times=1)
        assert is_whole(await stored.finish(job))
        assert await received(stored.user) == {"photo": 4, "buttons": 1}

    async def test_refused_buttons_fail_no_job(self, stored: Stored) -> None:
        """The result itself was sent."""
        await stored.refuse("sendMessage", "SOMETHING_NEW")
        assert is_whole(await stored.send(2))
        assert await received(stored.user) == {"photo": 2}
