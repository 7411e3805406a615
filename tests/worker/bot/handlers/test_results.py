"""What people do with a picture that they have: every button, and what it asks first."""

from pathlib import Path

import pytest

from infra.errors import NotStored, StorageError
from infra.storage.store import Storage
from infra.telegram.outcomes import Away
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.results import Darkroom
from worker.jobs.indexes import JobIndex, JobIndexes
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import Job, Kind, Status


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def newest(conversation: Conversation, user: User, after: Job) -> Job:
    job = await conversation.job(user)
    assert job.id != after.id, await user.transcript()
    return job


class TestAgain:
    async def test_the_same_order_has_another_chance(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Words, model and settings as they were; answered where the first one was."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "🔁")
        job = await newest(conversation, anya, done)
        assert job.request.model_copy(update={"quoted": False}) == done.request.model_copy(
            update={"quoted": False}
        )

    async def test_another_seed_forgets_the_one_that_was_chosen(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Everything else stays."""
        await conversation.hear(anya, "/image красное яблоко")
        job = await conversation.job(anya)
        seeded = job.request.model_copy(update={"options": {**job.request.options, "seed": 7}})
        await conversation.jobs.update_fields(job.id, request=seeded.model_dump())
        job = job.model_copy(update={"request": seeded})
        done, result = await darkroom.finish(job, anya)
        await conversation.press(anya, result, "🎲")
        job = await newest(conversation, anya, done)
        assert "seed" not in job.request.options
        assert job.request.options == {
            name: value for name, value in seeded.options.items() if name != "seed"
        }

    async def test_a_press_that_is_handed_over_twice_counts_once(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A worker may die just after it has started the job."""
        _, result = await darkroom.make(anya)
        await anya.press(result, labels(result)[0])
        (update,) = await conversation.updates()
        for _ in range(2):
            await conversation.handle(update)
        assert await conversation.job_count(anya) == 2


class TestVariations:
    async def test_four_like_it_are_made_from_the_stored_picture(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """With the words that it came from."""
        done, result = await darkroom.make(anya)
        answer = await conversation.press(anya, result, "✨")
        assert answer["text"] == "Делаю четыре похожих"
        request = (await newest(conversation, anya, done)).request
        assert request.pictures == (done.files[0].as_start,)
        assert request.source == done.id
        assert (request.prompt, request.model) == (
            "красное яблоко",
            "fal-ai/flux/dev/image-to-image",
        )
        assert request.options == {"count": 4, "strength": 75}

    async def test_of_an_album_one_is_chosen_first(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """By its number, in the place of the buttons, with a way back."""
        done, buttons = await darkroom.make(anya, count=3)
        assert words(buttons) == "Что дальше?"
        answer = await conversation.press(anya, buttons, "✨")
        assert answer["text"] == "Для какого изображения сделать варианты?"
        asked = await conversation.look(anya, buttons)
        assert labels(asked) == ["1 · $0,12", "2 · $0,12", "3 · $0,12", "← Назад"]
        await conversation.press(anya, asked, "3")
        request = (await newest(conversation, anya, done)).request
        assert request.pictures == (done.files[2].as_start,)

    async def test_the_way_back_shows_all_buttons_again(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Nothing has happened."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "🎬")
        asked = await conversation.look(anya, buttons)
        await conversation.press(anya, asked, "←")
        assert labels(await conversation.look(anya, buttons)) == labels(buttons)
        assert await conversation.job_count(anya) == 1


class TestQuestions:
    """What is asked stays in the message until it is answered."""

    @pytest.mark.parametrize(
        ("label", "question"),
        [
            ("✨", "Для какого изображения сделать варианты?"),
            ("🎬", "Какое изображение оживить?"),
            ("⬆️", "Какое изображение увеличить?"),
            ("🗑", "Удалить совсем: сообщения, файлы и запись о задании?"),
        ],
    )
    async def test_a_question_below_an_album_stays_until_it_is_taken_back(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        anya: User,
        label: str,
        question: str,
    ) -> None:
        """Then the message is as it was."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, label)
        asked = await conversation.look(anya, buttons)
        assert words(asked) == f"Что дальше?\n\n❓ {question}"
        await conversation.press(anya, asked, "←")
        assert await is_as_before(conversation, anya, buttons)

    async def test_one_question_takes_the_place_of_another(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Which one, then how many times larger; then all is as before."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "⬆️")
        await conversation.press(anya, await conversation.look(anya, buttons), "2")
        asked = await conversation.look(anya, buttons)
        assert words(asked) == "Что дальше?\n\n❓ Во сколько раз увеличить?"
        await conversation.press(anya, asked, "⬆️ ×2")
        assert await is_as_before(conversation, anya, buttons)

    async def test_under_an_image_it_stands_below_the_caption(
        self, conversation: Conversation, darkroom: Darkroom, ben: User
    ) -> None:
        """Which is as it was afterwards, its markup included."""
        _, result = await darkroom.make(ben, order=f"/image a red apple {'very ' * 60}red")
        await conversation.press(ben, result, "⬆️")
        asked = await conversation.look(ben, result)
        assert words(asked).endswith("\n\n❓ How many times larger?")
        await conversation.press(ben, asked, "←")
        assert await is_as_before(conversation, ben, result)

    async def test_a_caption_without_room_is_left_alone(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The buttons say what they do, and the toast asks."""
        _, result = await darkroom.make(anya, order="/image " + "яблоко " * 300)
        answer = await conversation.press(anya, result, "⬆️")
        assert answer["text"] == "Во сколько раз увеличить?"
        asked = await conversation.look(anya, result)
        assert words(asked) == words(result)
        assert "⬆️ ×2 · $0,03" in labels(asked)

    async def test_a_prompt_that_looks_like_a_question_is_left_alone(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Only what we asked goes away."""
        _, result = await darkroom.make(anya, order="/image яблоко\n\n❓ и груша")
        await conversation.press(anya, result, "⬆️")
        await conversation.press(anya, await conversation.look(anya, result), "←")
        assert await is_as_before(conversation, anya, result)


class TestEnlarging:
    async def test_the_scale_is_chosen_before(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """What the model can; then the buttons are as they were."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "⬆️")
        asked = await conversation.look(anya, result)
        assert labels(asked) == ["⬆️ ×2 · $0,03", "⬆️ ×4 · $0,03", "← Назад"]
        await conversation.press(anya, asked, "⬆️ ×4")
        request = (await newest(conversation, anya, done)).request
        assert request.options["scale"] == 4
        assert (request.model, request.pictures) == (
            "fal-ai/clarity-upscaler",
            (done.files[0].as_start,),
        )
        assert labels(await conversation.look(anya, result)) == labels(result)

    async def test_what_would_be_too_large_is_not_offered(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """64 megapixels are the limit."""
        await conversation.hear(anya, "/image красное яблоко")
        job = await conversation.job(anya)
        done, result = await darkroom.finish(job, anya)
        grown = done.files[0].model_copy(update={"width": 4000, "height": 3000})
        await conversation.jobs.update_fields(done.id, files=[grown.model_dump()])
        await conversation.press(anya, result, "⬆️")
        assert labels(await conversation.look(anya, result)) == ["⬆️ ×2 · $1,38", "← Назад"]


class TestAnimating:
    async def test_the_words_that_come_next_make_the_picture_move(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The card holds the settings of the clip."""
        done, result = await darkroom.make(anya)
        answer = await conversation.press(anya, result, "🎬")
        assert answer["text"] == "Опишите движение"
        await conversation.hear(anya, "яблоко катится")
        request = (await newest(conversation, anya, done)).request
        assert (request.kind, request.prompt) == (Kind.VIDEO, "яблоко катится")
        assert request.pictures == (done.files[0].as_start,)
        assert request.source == done.id

    async def test_the_card_answers_the_very_image_that_was_taken(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Its thumbnail stands above the question, and the choice of an image is gone."""
        done, buttons = await darkroom.make(anya, count=3)
        await conversation.press(anya, buttons, "🎬")
        await conversation.press(anya, await conversation.look(anya, buttons), "2")
        card = await anya.last_from_bot()
        assert card["reply_to_message"]["message_id"] == done.sent_message_ids[1]
        assert await is_as_before(conversation, anya, buttons)

    async def test_without_words_it_moves_as_it_was_described(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """One press more, and the card is gone."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "🎬")
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "▶️")
        request = (await newest(conversation, anya, done)).request
        assert (request.kind, request.prompt) == (Kind.VIDEO, "красное яблоко")
        assert not await conversation.is_shown(anya, card)


class TestOriginal:
    async def test_every_byte_comes_as_a_file(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """As an answer to the picture, with its id and size; the second time nothing is uploaded."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "📄")
        first = await anya.last_from_bot()
        assert await anya.file(first["document"]["file_id"]) == stored(darkroom, done)
        assert words(first) == f"{done.id} · 64 × 48"
        assert first["reply_to_message"]["message_id"] == result["message_id"]
        await darkroom.files.delete(done.files[0].key)
        await forget_presses(conversation)
        await conversation.press(anya, result, "📄")
        again = await anya.last_from_bot()
        assert again["message_id"] != first["message_id"]
        assert again["document"]["file_unique_id"] == first["document"]["file_unique_id"]

    async def test_an_album_comes_as_files_together(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """No question is asked."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "📄")
        sent = [message for message in await anya.from_bot() if "document" in message]
        assert len(sent) == 2
        assert len({message["media_group_id"] for message in sent}) == 1

    async def test_a_file_that_is_gone_is_said(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """With what can be done instead."""
        done, result = await darkroom.make(anya)
        await darkroom.files.delete(done.files[0].key)
        await conversation.press(anya, result, "📄")
        assert "больше нет" in words(await anya.last_from_bot())


class TestFavourite:
    async def test_a_star_is_given_and_taken_back(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The button says how it is; the favourites of /my know."""
        done, result = await darkroom.make(anya)
        indexes = JobIndexes(conversation.dispatcher["redis"])
        await conversation.press(anya, result, "☆")
        starred = await conversation.look(anya, result)
        assert "⭐ В избранном" in labels(starred)
        assert (await indexes.page(anya.id, JobIndex.FAVOURITES)).ids == (done.id,)
        await conversation.press(anya, starred, "⭐")
        assert labels(await conversation.look(anya, result)) == labels(result)
        assert (await indexes.page(anya.id, JobIndex.FAVOURITES)).ids == ()


class TestDeleting:
    async def test_after_a_second_word_everything_is_gone(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The messages, the files with their previews, the record, and what led to it."""
        done, buttons = await darkroom.make(anya, count=2)
        index = MessageIndex(conversation.dispatcher["redis"])
        first = done.sent_message_ids[0]
        await index.remember(anya.id, {first: ResultRef(done.id, 0)})
        asked = await ask_to_delete(conversation, anya, buttons)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert answer["text"] == "Удалено"
        assert done.id not in await anya.transcript()
        assert not [message for message in await anya.from_bot() if "photo" in message]
        assert await conversation.jobs.get(done.id) is None
        assert await index.find(anya.id, first) is None
        for file in done.files:
            for key in (file.key, file.thumbnail or ""):
                with pytest.raises(NotStored):
                    await darkroom.files.size(key)

    async def test_one_may_think_better_of_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """All is as before."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        await conversation.press(anya, asked, "← Оставить")
        assert labels(await conversation.look(anya, result)) == labels(result)
        assert await conversation.jobs.get(done.id)

    async def test_messages_older_than_two_days_are_left_to_the_user(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Telegram does not let a bot delete them: it is said, the files go, and so do the buttons."""
        done, result = await darkroom.make(anya)
        await conversation.jobs.update_fields(done.id, created_at=done.created_at - 49 * 3600)
        asked = await ask_to_delete(conversation, anya, result)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert "уберите их сами" in answer["text"]
        assert answer["show_alert"]
        assert labels(await conversation.look(anya, result)) == []
        assert await conversation.jobs.get(done.id) is None

    async def test_a_result_in_a_group_that_has_moved_is_deleted_all_the_same(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Its messages stayed behind in the old group, where nobody can delete them."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        moved = {"description": "Bad Request: group chat was upgraded", "migrate_to_chat_id": -100}
        await conversation.disturb("deleteMessages", status=400, **moved)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert "уберите их сами" in answer["text"]
        assert await conversation.jobs.get(done.id) is None

    async def test_it_is_said_to_be_deleted_only_when_it_is(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """While Telegram is away nothing is said; the same press, tried again, finishes what it began."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        query = await anya.press(asked, next(label for label in labels(asked) if "Да" in label))
        (update,) = await conversation.updates()
        await conversation.disturb("deleteMessages", status=500)
        with pytest.raises(Away):
            await conversation.handle(update)
        assert await conversation.jobs.get(done.id)
        await conversation.handle(update)
        assert (await anya.wait_for_answer(query))["text"] == "Удалено"
        assert await conversation.jobs.get(done.id) is None

    async def test_a_storage_that_is_away_is_said(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        anya: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The person hears of it, and presses again."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)

        async def fail(*_: object) -> None:
            raise StorageError("away")

        with monkeypatch.context() as trouble:
            trouble.setattr(Storage, "delete", fail)
            answer = await conversation.press(anya, asked, "🗑 Да")
        assert "не получилось" in answer["text"]
        assert (await conversation.press(anya, asked, "🗑 Да"))["text"] == "Удалено"
        assert await conversation.jobs.get(done.id) is None

    async def test_a_job_under_way_is_cancelled_first(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It may be paid for already, and somebody works on it."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        await conversation.jobs.update_fields(done.id, status=Status.RUNNING)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert f"/cancel {done.id}" in answer["text"]
        assert await conversation.jobs.get(done.id)


async def ask_to_delete(conversation: Conversation, user: User, message: Message) -> Message:
    answer = await conversation.press(user, message, "🗑")
    assert "Удалить совсем" in answer["text"]
    return await conversation.look(user, message)


def stored(darkroom: Darkroom, job: Job) -> bytes:
    return (darkroom.folder / "media" / job.files[0].key).read_bytes()


async def is_as_before(conversation: Conversation, user: User, message: Message) -> bool:
    """Whether a message says and offers what it did."""
    now = dict(await conversation.look(user, message))
    now.pop("edit_date", None)
    return now == message


async def forget_presses(conversation: Conversation) -> None:
    """Ten seconds later."""
    redis = conversation.dispatcher["redis"]
    await redis.delete(*await redis.keys("darkroom:pressed:*"))
