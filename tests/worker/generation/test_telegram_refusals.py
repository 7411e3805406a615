"""What Telegram refuses in one form is sent in another: a stored result always reaches its person, and no job fails."""

from typing import Any

import pytest

from infra.storage.store import Storage
from infra.telegram.bot import create_bot
from infra.telegram.delivery import Delivery, Place
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
    """The bot's calls of a method to this person."""
    log = (await stored.world.http.get(f"{stored.world.telegram_url}/sent")).json()
    about = (method, stored.user.id)
    return [call for call in log if (call["method"], call["chat_id"]) == about]


def is_whole(job: Job) -> bool:
    return (job.status, job.undelivered, job.failure) == (Status.DONE, None, None)


@pytest.mark.parametrize("reason", BAD_FILES)
async def test_a_refused_photo_comes_as_a_document(stored: Stored, reason: str) -> None:
    """Every byte of it, with its caption and its buttons."""
    await stored.refuse("sendPhoto", reason)
    done = await stored.send()
    assert is_whole(done)
    assert await received(stored.user) == {"document": 1, "text": 1}
    (document,) = [each for each in await stored.user.from_bot() if "document" in each]
    assert "a boat" in words(document)
    assert buttons(document)
    assert done.files[0].document_id


@pytest.mark.parametrize("status", [400, 404, 413])
async def test_a_file_that_is_refused_in_every_form_leaves_words(
    stored: Stored, status: int
) -> None:
    """They say where the file is; the job is done, and its record says why."""
    for method in UPLOADS:
        await stored.refuse(method, "PHOTO_SOMETHING", status=status)
    done = await stored.send()
    assert (done.status, done.failure) == (Status.DONE, None)
    assert "PHOTO_SOMETHING" in (done.detail or "")
    assert "/my" in words((await stored.user.from_bot())[0])
    assert not any("Again" in each["text"] for each in buttons(await stored.user.last_from_bot()))


async def test_a_file_that_no_chat_takes_comes_as_a_link(stored: Stored) -> None:
    """Where links are to be had."""
    stored.settings = stored.settings.model_copy(update={"public_url": "http://127.0.0.1:9"})
    for method in UPLOADS:
        await stored.refuse(method, "PHOTO_SOMETHING")
    await stored.send()
    first, *_ = await stored.user.from_bot()
    links = [each["url"] for each in first["entities"] if each["type"] == "text_link"]
    assert links[0].startswith("http://127.0.0.1:9/files/")


async def test_a_message_that_is_refused_in_every_form_ends_in_its_card(stored: Stored) -> None:
    """Nothing can be sent, so the card is edited: done, not failed, and where the file is."""
    job = await stored.make()
    card = await stored.card(job)
    for method in (*UPLOADS, "sendMessage"):
        await stored.refuse(method, "SOMETHING_NEW")
    done = await stored.finish(job)
    assert (done.status, done.undelivered) == (Status.DONE, Undelivered.REFUSED)
    assert "SOMETHING_NEW" in (done.detail or "")
    last = await stored.user.last_from_bot()
    assert last["message_id"] == card
    assert ["✅" in words(last), "/my" in words(last), buttons(last)] == [True, True, []]
    assert len([call for each in UPLOADS for call in await calls(stored, each)]) <= 10


async def test_a_caption_that_is_refused_is_left_out(stored: Stored) -> None:
    """The file comes with its job's id, and without words that Telegram does not take."""
    await stored.disturb("sendPhoto", status=400, description="can't parse entities: …")
    done = await stored.send()
    assert is_whole(done)
    photo, _ = await stored.user.from_bot()
    assert words(photo) == done.id


@pytest.mark.parametrize("reason", ["REPLY_MESSAGE_ID_INVALID", "message to be replied not found"])
async def test_a_reply_that_is_refused_comes_without_it(stored: Stored, reason: str) -> None:
    """As the same photo."""
    await stored.disturb("sendPhoto", status=400, description=reason)
    assert is_whole(await stored.send())
    assert (await received(stored.user))["photo"] == 1


async def test_a_form_that_was_refused_is_not_tried_again(stored: Stored) -> None:
    """Telegram asks to wait before the next form: the waiting does not begin from the first."""
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

    async def test_a_closed_topic_is_left_for_the_general_one(self, stored: Stored) -> None:
        """The rest of the group is open."""
        group, thread, place = await self.topic(stored)
        job = await stored.make(place=place)
        await group.close_topic(thread)
        assert is_whole(await stored.finish(job))
        assert await received(group) == {"photo": 1, "text": 1}

    async def test_a_deleted_topic_is_left_for_the_general_one(self, stored: Stored) -> None:
        """An album and its buttons stay together."""
        group, thread, place = await self.topic(stored)
        job = await stored.make(2, place)
        await group.delete_topic(thread)
        assert is_whole(await stored.finish(job))
        assert await received(group) == {"photo": 2, "buttons": 1, "text": 1}

    async def test_a_group_without_photos_gets_a_document(self, stored: Stored) -> None:
        """Which the bot may still send."""
        group = await stored.group()
        await group.forbid_bot("photo")
        assert is_whole(await stored.send(place=Place(group.chat_id)))
        assert (await received(group))["document"] == 1

    @pytest.mark.parametrize("count", [1, 3])
    async def test_a_group_without_files_leads_to_a_private_chat(
        self, stored: Stored, count: int
    ) -> None:
        """With a word why; the group reads where the result went."""
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
    async def test_a_group_that_has_closed_loses_nobody_a_result(
        self, stored: Stored, count: int
    ) -> None:
        """Kicked out or silenced: it goes to its person, with its buttons."""
        group = await stored.group()
        job = await stored.make(count, Place(group.chat_id))
        await group.make_bot("kicked")
        done = await stored.finish(job)
        assert is_whole(done)
        photos = (await received(stored.user))["photo"]
        assert photos == count
        assert any(buttons(each) for each in await stored.user.from_bot())

    async def test_what_went_to_private_is_deleted_there(self, stored: Stored) -> None:
        """The messages of a supergroup have numbers of their own."""
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

    async def test_a_failure_in_a_closed_group_is_told_in_private(self, stored: Stored) -> None:
        """Its person waits for an end as well."""
        group = await stored.group()
        job = await stored.make(place=Place(group.chat_id))
        await stored.jobs.move(job, None, Status.FAILED, due=0, failure="busy")
        await group.forbid_bot("*")
        await stored.finish(job)
        assert "❌" in words(await stored.user.last_from_bot())

    async def test_who_cannot_be_written_to_is_left_alone(self, stored: Stored) -> None:
        """The job is done, and says why nobody heard of it."""
        group = await stored.group()
        job = await stored.make(place=Place(group.chat_id))
        await group.make_bot("kicked")
        await stored.user.block()
        done = await stored.finish(job)
        assert (done.status, done.undelivered) == (Status.DONE, Undelivered.UNREACHABLE)
        assert "blocked" in (done.detail or "")


class TestAnAlbum:
    @pytest.mark.parametrize(("count", "groups"), [(10, 1), (11, 1), (12, 2), (21, 2)])
    async def test_many_results_come_in_albums_of_ten(
        self, stored: Stored, count: int, groups: int
    ) -> None:
        """A single one that is left comes by itself, for an album has two at least."""
        done = await stored.send(count)
        assert is_whole(done)
        assert await received(stored.user) == {"photo": count, "buttons": 1, "text": 1}
        albums = [call for call in await calls(stored, "sendMediaGroup") if call["status"] == 200]
        assert len(albums) == groups
        assert len(done.sent_message_ids) == count + 1
        assert all(file.file_id for file in done.files)

    async def test_one_bad_piece_does_not_keep_the_others(self, stored: Stored) -> None:
        """They come one by one, the bad one as a document."""
        piece = 'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'
        await stored.disturb("sendMediaGroup", status=400, description=piece)
        job = await stored.make(3)
        done = await stored.finish(job)
        assert is_whole(done)
        assert await received(stored.user) == {"photo": 3, "buttons": 1, "text": 1}

    async def test_a_piece_that_no_form_helps_is_said(self, stored: Stored) -> None:
        """Which one it is of how many."""
        for method in UPLOADS:
            await stored.refuse(method, "PHOTO_SOMETHING")
        done = await stored.send(2)
        assert done.status is Status.DONE
        first, second, *_ = map(words, await stored.user.from_bot())
        assert ["file 1 of 2" in first, "file 2 of 2" in second] == [True, True]

    async def test_what_was_sent_of_an_album_is_not_sent_again(self, stored: Stored) -> None:
        """Telegram goes away between its pieces, and between two albums."""
        await stored.disturb("sendMediaGroup", status=400, description="Group send failed")
        job = await stored.make(4)
        await stored.disturb("sendPhoto", status=200)
        await stored.disturb("sendPhoto", status=429, retry_after=30)
        await stored.disturb("sendPhoto", status=200)
        await stored.disturb("sendPhoto", status=502, body="<html>", times=1)
        assert is_whole(await stored.finish(job))
        assert await received(stored.user) == {"photo": 4, "buttons": 1, "text": 1}

    async def test_buttons_that_are_refused_fail_no_job(self, stored: Stored) -> None:
        """The result itself is there."""
        await stored.refuse("sendMessage", "SOMETHING_NEW")
        assert is_whole(await stored.send(2))
        assert await received(stored.user) == {"photo": 2}
