"""Replies apply to what their message is about."""

from pathlib import Path
from typing import Any

import pytest

from infra.storage.store import Storage
from tests.user import Message, User, create_group, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.callback_data import PickResult
from worker.model import ACTIVE, File, Job, Kind, Status

EDIT = "fal-ai/nano-banana/edit"


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def answer(
    conversation: Conversation, user: User, message: Message | int, text: str
) -> Message:
    message_id = message if isinstance(message, int) else message["message_id"]
    return await conversation.send_text(user, text, reply_to=message_id)


async def filmed(conversation: Conversation, user: User, job: Job) -> None:
    """Make the result of a job a video."""
    file = File(
        key="videos/a.mp4", content_type="video/mp4", size=1, width=640, height=480, duration=4
    )
    request = job.request.model_copy(
        update={
            "kind": Kind.VIDEO,
            "model": "fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
            "options": {"duration": 4},
        }
    )
    await conversation.jobs.update_fields(
        job.id, files=[file.model_dump()], request=request.model_dump()
    )


class TestAnImage:
    async def test_reply_to_the_card_edits_the_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """«✅ Готово» leads to the image."""
        done, _ = await darkroom.make(anya)
        assert done.progress_message_id
        await answer(conversation, anya, done.progress_message_id, "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("сделай зелёным", EDIT)
        assert (request.pictures, request.source) == ((done.files[0].as_start,), done.id)

    @pytest.mark.parametrize("asking", ["/status", "/my"])
    async def test_reply_to_status_or_history_edits_the_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, asking: str
    ) -> None:
        """The answer to /status, and the open page of /my."""
        done, _ = await darkroom.make(anya)
        shown = await conversation.send_text(anya, asking)
        if asking == "/my":
            await conversation.press(anya, shown, "1")
        await answer(conversation, anya, shown, "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.model, request.source) == (EDIT, done.id)

    async def test_reply_to_an_original_edits_the_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The second of two."""
        done, below = await darkroom.make(anya, count=2)
        await conversation.press(anya, below, "📄")
        await answer(conversation, anya, await anya.last_from_bot(), "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.pictures, request.source) == ((done.files[1].as_start,), done.id)

    async def test_reply_to_a_history_list_is_about_no_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """After a return to the list, the message is a list."""
        await darkroom.make(anya)
        sheet = await conversation.send_text(anya, "/my")
        await conversation.press(anya, sheet, "1")
        await conversation.press(anya, await conversation.look(anya, sheet), "← К списку")
        said = await answer(conversation, anya, sheet, "сделай зелёным")
        assert await conversation.job_count(anya) == 1
        assert "Откройте нужное" in words(said)

    async def test_command_in_a_reply_uses_the_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A video of it, after the price was shown."""
        done, _ = await darkroom.make(anya)
        assert done.progress_message_id
        await answer(conversation, anya, done.progress_message_id, "/video катится")
        await conversation.agree(anya)
        request = (await conversation.job(anya)).request
        assert (request.kind, request.source) == (Kind.VIDEO, done.id)


class TestAnAlbum:
    async def test_reply_to_album_buttons_asks_which_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The prompt is kept until the answer, which shows the price."""
        done, below = await darkroom.make(anya, count=3)
        card = await answer(conversation, anya, below, "сделай зелёным")
        assert words(card) == "О каком из 3 изображений речь?"
        assert labels(card)[:3] == ["1 · $0,039", "2 · $0,039", "3 · $0,039"]
        assert await conversation.job_count(anya) == 1
        await conversation.press(anya, card, "2")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("сделай зелёным", EDIT)
        assert (request.pictures, request.source) == ((done.files[1].as_start,), done.id)

    async def test_reply_to_one_image_of_an_album(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Nothing is asked."""
        done, _ = await darkroom.make(anya, count=3)
        await answer(conversation, anya, done.sent_message_ids[2], "сделай зелёным")
        assert (await conversation.job(anya)).request.pictures == (done.files[2].as_start,)

    async def test_photo_as_a_reply_to_an_album_is_no_mask(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It is unknown which image the mask would belong to."""
        _, below = await darkroom.make(anya, count=2)
        await anya.send_files(
            drawing("blue"), caption="ярче", send_as="photo", reply_to=below["message_id"]
        )
        await conversation.catch_up()
        request = (await conversation.job(anya)).request
        assert (request.model, request.mask) == (EDIT, None)


@pytest.mark.parametrize("text", ["Убери фон", "remove the background.", "без  фона!"])
async def test_reply_that_removes_the_background_opens_its_card(
    conversation: Conversation, darkroom: Darkroom, anya: User, text: str
) -> None:
    """An edit by these words would paint another background; a longer text is an edit."""
    done, result = await darkroom.make(anya)
    card = await answer(conversation, anya, result, text)
    assert "✂️ Убрать фон" in words(card)
    await conversation.press(anya, card, "▶️ Начать · $0,018")
    request = (await conversation.job(anya)).request
    assert (request.model, request.prompt) == ("fal-ai/bria/background/remove", "")
    assert request.source == done.id
    await answer(conversation, anya, result, "убери фон и добавь море")
    assert (await conversation.job(anya)).request.model == EDIT


class TestAVideo:
    @pytest.mark.parametrize("text", ["волны бьют о берег", "/video волны бьют о берег"])
    async def test_reply_to_a_video_holds_its_continuation(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, text: str
    ) -> None:
        """It costs more than an edit, and the words may be none to the bot: a press starts it."""
        done, result = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        card = await answer(conversation, anya, result, text)
        assert "⏩ Продолжить" in words(card)
        assert "волны бьют о берег" in words(card)
        assert await conversation.job_count(anya) == 1
        await conversation.press(anya, card, "▶️ Начать · $0,30")
        request = (await conversation.job(anya)).request
        assert (request.kind, request.model) == (
            Kind.VIDEO,
            "xai/grok-imagine-video/extend-video",
        )
        assert (request.prompt, request.source) == ("волны бьют о берег", done.id)
        assert [picture.seconds for picture in request.pictures] == [4]

    async def test_reply_to_a_video_in_english(
        self, conversation: Conversation, darkroom: Darkroom, ben: User
    ) -> None:
        done, result = await darkroom.make(ben)
        await filmed(conversation, ben, done)
        card = await answer(conversation, ben, result, "waves hit the shore")
        assert "⏩ Continue" in words(card)
        assert "▶️ Start · $0.30" in labels(card)

    async def test_image_of_a_video_is_not_ordered(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """An image from these words alone would not be what was meant."""
        done, result = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        said = await answer(conversation, anya, result, "/image кадр из него")
        assert "Изображений из видео я не делаю" in words(said)
        assert await conversation.job_count(anya) == 1

    async def test_another_users_video_can_be_continued(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """As another user's image can be edited."""
        group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
        await anya.in_chat(group).say("/image@darkroom_bot яблоко")
        await conversation.catch_up()
        done, _ = await darkroom.finish(await conversation.job(anya), anya.in_chat(group))
        await filmed(conversation, anya, done)
        here = ben.in_chat(group)
        await here.say("slower", done.sent_message_ids[0])
        await conversation.catch_up()
        assert "⏩ Continue" in words(await here.last_from_bot())
        assert await conversation.job_count(ben) == 0

    @pytest.mark.parametrize(
        ("kind", "said"), [("video", "⏩ Продолжить"), ("animation", "С анимациями")]
    )
    async def test_reply_to_a_video_of_a_user(
        self, conversation: Conversation, anya: User, kind: str, said: str
    ) -> None:
        """Instead of the choice between image and video; an animation is refused."""
        sent = dict(await anya.say("смотри"))
        await conversation.catch_up()
        film: dict[str, Any] = {
            "file_id": "f",
            "file_unique_id": "u",
            "width": 640,
            "height": 480,
            "duration": 4,
        }
        await anya.say("сделай ярче", sent["message_id"])
        (update,) = await conversation.updates()
        update["message"]["reply_to_message"][kind] = film
        del update["message"]["reply_to_message"]["text"]
        await conversation.handle(update)
        assert said in words(await anya.last_from_bot())
        assert await conversation.job_count(anya) == 0


class TestAJobWithoutAResult:
    async def test_reply_to_an_active_job_says_to_wait(
        self, conversation: Conversation, anya: User
    ) -> None:
        """There is no result to edit yet, and nothing unrelated starts."""
        card = await conversation.send_text(anya, "/image яблоко")
        said = await answer(conversation, anya, card, "сделай зелёным")
        assert "ещё выполняется" in words(said)
        assert await conversation.job_count(anya) == 1

    async def test_reply_to_a_failed_job_repeats_it_with_the_new_prompt(
        self, conversation: Conversation, anya: User
    ) -> None:
        """As «Другое описание» does: the same settings and kind of work."""
        card = await conversation.send_text(anya, "/image широкий 2 шт. яблоко")
        job = await conversation.job(anya)
        await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure="moderation")
        await answer(conversation, anya, card, "груша")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options) == ("груша", job.request.options)


class TestAMessageThatIsNotInTheIndex:
    async def forget(self, conversation: Conversation) -> None:
        """Drop the index entry, as after a month, or before the worker records it."""
        redis = conversation.dispatcher["redis"]
        await redis.delete(*await redis.keys("darkroom:message:*"))

    async def test_result_is_found_by_the_id_in_its_caption(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It comes from our storage."""
        done, result = await darkroom.make(anya)
        await self.forget(conversation)
        await answer(conversation, anya, result, "сделай зелёным")
        assert (await conversation.job(anya)).request.pictures == (done.files[0].as_start,)

    async def test_video_is_found_by_the_id_in_its_caption(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        done, result = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        await self.forget(conversation)
        card = await answer(conversation, anya, result, "медленнее")
        assert "⏩ Продолжить" in words(card)

    async def test_reply_to_a_cancellation_repeats_the_job(
        self, conversation: Conversation, anya: User
    ) -> None:
        """With the new prompt."""
        await conversation.send_text(anya, "/image 2 шт. яблоко")
        job = await conversation.job(anya)
        said = await conversation.send_text(anya, "/cancel")
        await conversation.jobs.move(job, ACTIVE, Status.CANCELLED, due=None)
        await answer(conversation, anya, said, "груша")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options) == ("груша", job.request.options)

    async def test_id_in_a_users_text_is_ignored(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """In their own message, and where the bot quotes it."""
        theirs, _ = await darkroom.make(ben)
        said = await anya.say(theirs.id)
        await conversation.catch_up()
        await answer(conversation, anya, said, "сделай зелёным")
        quoted = await conversation.send_text(anya, f"/video {theirs.id}")
        await answer(conversation, anya, quoted, "сделай зелёным")
        jobs = (await conversation.jobs.page(user_id=anya.id)).jobs
        assert [job.request.source for job in jobs] == [None]


async def test_reply_to_other_messages_is_offered_as_a_prompt(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """/help is about no result."""
    await darkroom.make(anya)
    said = await conversation.send_text(anya, "/help")
    offer = await answer(conversation, anya, said, "кот на скейте")
    assert "Что сделать с этими словами?" in words(offer)


class TestAnswersAboutAResult:
    """What the bot says about a result is about that result, too."""

    async def test_reply_to_a_missing_original(
        self, conversation: Conversation, darkroom: Darkroom, files: Storage, anya: User
    ) -> None:
        """The answer that the file is gone."""
        done, result = await darkroom.make(anya)
        await files.delete(done.files[0].key)
        await conversation.press(anya, result, "📄")
        said = await anya.last_from_bot()
        assert "хранилище" in words(said)
        await answer(conversation, anya, said, "сделай зелёным")
        assert (await conversation.job(anya)).request.source == done.id

    async def test_reply_to_the_answer_about_an_unfinished_job(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """When the job has ended, a reply to that answer edits its result."""
        card = await conversation.send_text(anya, "/image красное яблоко")
        said = await answer(conversation, anya, card, "сделай зелёным")
        assert "ещё выполняется" in words(said)
        done, _ = await darkroom.finish(await conversation.job(anya), anya)
        await answer(conversation, anya, said, "сделай зелёным")
        assert (await conversation.job(anya)).request.source == done.id

    async def test_reply_to_buttons_of_a_set_edits_the_picked_result(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The message shows the actions on that one."""
        picked, _ = await darkroom.make(anya, order="/image синяя груша")
        _, below = await darkroom.make(anya, count=2)
        data = PickResult(owner=anya.id, job_id=picked.id)
        await press(conversation, anya, below, data.pack())
        await answer(conversation, anya, below, "сделай зелёным")
        assert (await conversation.job(anya)).request.source == picked.id

    async def test_reply_to_the_offer_to_try_again(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The answer to a complaint."""
        done, result = await darkroom.make(anya)
        said = await answer(conversation, anya, result, "не то")
        await answer(conversation, anya, said, "сделай зелёным")
        assert (await conversation.job(anya)).request.source == done.id
