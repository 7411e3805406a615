"""Words in answer to a message are about what the message is about."""

from pathlib import Path
from typing import Any

import pytest

from infra.storage.store import Storage
from tests.user import Message, User, create_group, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from worker.model import ACTIVE, File, Job, Kind, Status

EDIT = "fal-ai/nano-banana/edit"


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def answer(
    conversation: Conversation, user: User, message: Message | int, text: str
) -> Message:
    message_id = message if isinstance(message, int) else message["message_id"]
    return await conversation.hear(user, text, reply_to=message_id)


async def filmed(conversation: Conversation, user: User, job: Job) -> None:
    """What came of a job is a video."""
    file = File(
        key="videos/a.mp4", content_type="video/mp4", size=1, width=64, height=48, duration=4
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
    async def test_its_card_is_about_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """«✅ Готово» stands for the image."""
        done, _ = await darkroom.make(anya)
        assert done.progress_message_id
        await answer(conversation, anya, done.progress_message_id, "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("сделай зелёным", EDIT)
        assert (request.pictures, request.source) == ((done.files[0].as_start,), done.id)

    @pytest.mark.parametrize("asking", ["/status", "/my"])
    async def test_whatever_else_shows_it_is_about_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, asking: str
    ) -> None:
        """The answer to /status, and the page of /my that it is open on."""
        done, _ = await darkroom.make(anya)
        shown = await conversation.hear(anya, asking)
        if asking == "/my":
            await conversation.press(anya, shown, "1")
        await answer(conversation, anya, shown, "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.model, request.source) == (EDIT, done.id)

    async def test_its_original_is_about_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The second of two."""
        done, below = await darkroom.make(anya, count=2)
        await conversation.press(anya, below, "📄")
        await answer(conversation, anya, await anya.last_from_bot(), "сделай зелёным")
        request = (await conversation.job(anya)).request
        assert (request.pictures, request.source) == ((done.files[1].as_start,), done.id)

    async def test_a_page_of_my_that_shows_many_is_about_none(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """One goes back to the list, and the message is a list."""
        await darkroom.make(anya)
        sheet = await conversation.hear(anya, "/my")
        await conversation.press(anya, sheet, "1")
        await conversation.press(anya, await conversation.look(anya, sheet), "← К списку")
        said = await answer(conversation, anya, sheet, "сделай зелёным")
        assert await conversation.job_count(anya) == 1
        assert "Откройте нужное" in words(said)

    async def test_a_command_begins_with_it_too(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A video of it, once its price was seen."""
        done, _ = await darkroom.make(anya)
        assert done.progress_message_id
        await answer(conversation, anya, done.progress_message_id, "/video катится")
        await conversation.agree(anya)
        request = (await conversation.job(anya)).request
        assert (request.kind, request.source) == (Kind.VIDEO, done.id)


class TestAnAlbum:
    async def test_its_buttons_ask_which_image_is_meant(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The words wait for the answer, which shows what it costs."""
        done, below = await darkroom.make(anya, count=3)
        card = await answer(conversation, anya, below, "сделай зелёным")
        assert words(card) == "О каком из 3 изображений речь?"
        assert labels(card)[:3] == ["1 · $0,039", "2 · $0,039", "3 · $0,039"]
        assert await conversation.job_count(anya) == 1
        await conversation.press(anya, card, "2")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("сделай зелёным", EDIT)
        assert (request.pictures, request.source) == ((done.files[1].as_start,), done.id)

    async def test_one_image_of_it_is_about_itself(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Nothing is asked."""
        done, _ = await darkroom.make(anya, count=3)
        await answer(conversation, anya, done.sent_message_ids[2], "сделай зелёным")
        assert (await conversation.job(anya)).request.pictures == (done.files[2].as_start,)

    async def test_a_photo_in_answer_to_it_is_a_photo(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Nobody can say of which of them it would be the mask."""
        _, below = await darkroom.make(anya, count=2)
        await anya.send_files(
            drawing("blue"), caption="ярче", send_as="photo", reply_to=below["message_id"]
        )
        await conversation.catch_up()
        request = (await conversation.job(anya)).request
        assert (request.model, request.mask) == (EDIT, None)


class TestAVideo:
    @pytest.mark.parametrize("text", ["медленнее", "/video медленнее", "/image кадр из него"])
    async def test_it_says_what_can_be_done_and_orders_nothing(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, text: str
    ) -> None:
        """With the buttons for it."""
        done, result = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        said = await answer(conversation, anya, result, text)
        assert "Готовое видео изменить нельзя" in words(said)
        assert labels(said)[:2] == ["🔁 Ещё раз · $0,21", "✏️ Другое описание"]
        assert await conversation.job_count(anya) == 1

    async def test_it_says_so_in_english(
        self, conversation: Conversation, darkroom: Darkroom, ben: User
    ) -> None:
        """The same in the other language."""
        done, result = await darkroom.make(ben)
        await filmed(conversation, ben, done)
        assert "cannot be edited" in words(await answer(conversation, ben, result, "slower"))

    async def test_that_of_a_colleague_has_no_buttons_for_others(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """They would be refused."""
        group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
        await anya.in_chat(group).say("/image@darkroom_bot яблоко")
        await conversation.catch_up()
        done, _ = await darkroom.finish(await conversation.job(anya), anya.in_chat(group))
        await filmed(conversation, anya, done)
        here = ben.in_chat(group)
        await here.say("slower", done.sent_message_ids[0])
        await conversation.catch_up()
        said = await here.last_from_bot()
        assert "cannot be edited" in words(said)
        assert labels(said) == []

    @pytest.mark.parametrize("kind", ["video", "animation"])
    async def test_one_from_elsewhere_is_said_to_be_of_no_use(
        self, conversation: Conversation, anya: User, kind: str
    ) -> None:
        """Instead of a choice between an image and a video of those words."""
        sent = dict(await anya.say("смотри"))
        await conversation.catch_up()
        film: dict[str, Any] = {
            "file_id": "f",
            "file_unique_id": "u",
            "width": 64,
            "height": 48,
            "duration": 4,
        }
        await anya.say("сделай ярче", sent["message_id"])
        (update,) = await conversation.updates()
        update["message"]["reply_to_message"][kind] = film
        del update["message"]["reply_to_message"]["text"]
        await conversation.handle(update)
        assert "С готовыми видео" in words(await anya.last_from_bot())
        assert await conversation.job_count(anya) == 0


class TestAJobWithoutAResult:
    async def test_one_under_way_is_waited_for(
        self, conversation: Conversation, anya: User
    ) -> None:
        """There is nothing yet that could be edited, and nothing unrelated begins."""
        card = await conversation.hear(anya, "/image яблоко")
        said = await answer(conversation, anya, card, "сделай зелёным")
        assert "ещё выполняется" in words(said)
        assert await conversation.job_count(anya) == 1

    async def test_one_that_failed_is_made_with_the_new_words(
        self, conversation: Conversation, anya: User
    ) -> None:
        """As «Другое описание» would: the same settings, the same sort of work."""
        card = await conversation.hear(anya, "/image широкий 2 шт. яблоко")
        job = await conversation.job(anya)
        await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure="moderation")
        await answer(conversation, anya, card, "груша")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options) == ("груша", job.request.options)


class TestAMessageThatIsNotInTheIndex:
    async def forget(self, conversation: Conversation) -> None:
        """As after a month; or just before a worker notes what it has sent."""
        redis = conversation.dispatcher["redis"]
        await redis.delete(*await redis.keys("darkroom:message:*"))

    async def test_a_result_is_known_by_the_id_in_its_caption(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """From our own storage."""
        done, result = await darkroom.make(anya)
        await self.forget(conversation)
        await answer(conversation, anya, result, "сделай зелёным")
        assert (await conversation.job(anya)).request.pictures == (done.files[0].as_start,)

    async def test_a_video_is_known_as_well(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """And has its buttons."""
        done, result = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        await self.forget(conversation)
        said = await answer(conversation, anya, result, "медленнее")
        assert "Готовое видео изменить нельзя" in words(said)
        assert labels(said)

    async def test_what_a_cancellation_was_answered_with_is_about_its_job(
        self, conversation: Conversation, anya: User
    ) -> None:
        """New words make it after all."""
        await conversation.hear(anya, "/image 2 шт. яблоко")
        job = await conversation.job(anya)
        said = await conversation.hear(anya, "/cancel")
        await conversation.jobs.move(job, ACTIVE, Status.CANCELLED, due=None)
        await answer(conversation, anya, said, "груша")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options) == ("груша", job.request.options)

    async def test_an_id_that_a_user_wrote_is_a_word(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """In their own message, and where the bot quotes it."""
        theirs, _ = await darkroom.make(ben)
        said = await anya.say(theirs.id)
        await conversation.catch_up()
        await answer(conversation, anya, said, "сделай зелёным")
        quoted = await conversation.hear(anya, f"/video {theirs.id}")
        await answer(conversation, anya, quoted, "сделай зелёным")
        assert all(
            job.request.source is None
            for job in (await conversation.jobs.page(user_id=anya.id)).jobs
        )


async def test_words_in_answer_to_other_messages_are_offered_as_a_prompt(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The help is about no result."""
    await darkroom.make(anya)
    said = await conversation.hear(anya, "/help")
    assert "Сделать по этому тексту" in words(await answer(conversation, anya, said, "спасибо"))
