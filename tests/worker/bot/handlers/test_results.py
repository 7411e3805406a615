"""The buttons of a result, and the questions that some of them ask first."""

from pathlib import Path

import pytest
from aiogram.types import InlineKeyboardMarkup

from infra.errors import NotStored, StorageError
from infra.fal.stored_data import StoredData
from infra.storage.store import Storage
from infra.telegram.outcomes import Unavailable
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation, Localized, labels
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
    async def test_repeat_keeps_the_order(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The same prompt, model and settings; the job replies to the first one's order."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "🔁")
        job = await newest(conversation, anya, done)
        assert job.request.model_copy(update={"quoted": False}) == done.request.model_copy(
            update={"quoted": False}
        )

    async def test_another_seed_drops_the_chosen_one(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Everything else stays."""
        await conversation.send_text(anya, "/image красное яблоко")
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

    async def test_repeated_press_update_starts_one_job(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A worker may die just after it has created the job."""
        _, result = await darkroom.make(anya)
        await anya.press(result, labels(result)[0])
        (update,) = await conversation.updates()
        for _ in range(2):
            await conversation.handle(update)
        assert await conversation.job_count(anya) == 2


class TestVariations:
    async def test_variations_use_the_stored_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """With its prompt."""
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

    async def test_variations_of_an_image_without_words_have_words_of_the_users_language(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        anya: User,
        language: str,
        localized: Localized,
    ) -> None:
        """The user sees them under the result; an image from an upscale has none of its own."""
        await conversation.enter(anya, language)
        await conversation.send_text(anya, "/image --seed 7 apple")
        job = await conversation.job(anya)
        silent = job.request.model_copy(update={"prompt": ""})
        await conversation.jobs.update_fields(job.id, request=silent.model_dump())
        done, result = await darkroom.finish(job.model_copy(update={"request": silent}), anya)
        await conversation.press(anya, result, "✨")
        job = await newest(conversation, anya, done)
        words_shown = localized("вариант этого изображения", "a variation of this image")
        assert job.request.prompt == words_shown

    async def test_album_asks_which_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """By number, in place of the buttons, with a way back."""
        done, buttons = await darkroom.make(anya, count=3)
        assert words(buttons) == "Что дальше?"
        answer = await conversation.press(anya, buttons, "✨")
        assert answer["text"] == "Для какого изображения сделать варианты?"
        asked = await conversation.look(anya, buttons)
        assert labels(asked) == ["1 · $0,12", "2 · $0,12", "3 · $0,12", "← Назад"]
        await conversation.press(anya, asked, "3")
        request = (await newest(conversation, anya, done)).request
        assert request.pictures == (done.files[2].as_start,)

    async def test_back_restores_the_buttons(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "🎬")
        asked = await conversation.look(anya, buttons)
        await conversation.press(anya, asked, "←")
        assert labels(await conversation.look(anya, buttons)) == labels(buttons)
        assert await conversation.job_count(anya) == 1


class TestQuestions:
    """A question stays in the message until it is answered."""

    @pytest.mark.parametrize(
        ("label", "question"),
        [
            ("✨", "Для какого изображения сделать варианты?"),
            ("🎬", "Какое изображение оживить?"),
            ("⬆️", "Какое изображение увеличить?"),
            ("🗑", "Удалить совсем: сообщения, файлы и запись о задании?"),
        ],
    )
    async def test_question_below_an_album_can_be_withdrawn(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        anya: User,
        label: str,
        question: str,
    ) -> None:
        """Then the message is as before."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, label)
        asked = await conversation.look(anya, buttons)
        assert words(asked) == f"Что дальше?\n\n❓ {question}"
        await conversation.press(anya, asked, "←")
        assert await is_as_before(conversation, anya, buttons)

    async def test_question_replaces_another(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Which image, then the scale; then everything is as before."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "⬆️")
        await conversation.press(anya, await conversation.look(anya, buttons), "2")
        asked = await conversation.look(anya, buttons)
        assert words(asked) == "Что дальше?\n\n❓ Во сколько раз увеличить?"
        await conversation.press(anya, asked, "⬆️ ×2")
        assert await is_as_before(conversation, anya, buttons)

    async def test_question_is_added_to_the_caption(
        self, conversation: Conversation, darkroom: Darkroom, ben: User
    ) -> None:
        """Afterwards the caption is as before, its markup included."""
        _, result = await darkroom.make(ben, order=f"/image a red apple {'very ' * 60}red")
        await conversation.press(ben, result, "⬆️")
        asked = await conversation.look(ben, result)
        assert words(asked).endswith("\n\n❓ How many times larger?")
        await conversation.press(ben, asked, "←")
        assert await is_as_before(conversation, ben, result)

    async def test_question_of_several_lines_can_be_withdrawn(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """That of a deletion says what remains at fal; afterwards the caption is as before, with details or without."""
        done, result = await darkroom.make(anya)
        sent = {"submitted_at": done.created_at, "fal_keeps": StoredData(media_days=3)}
        await conversation.jobs.update_fields(done.id, **sent)
        for label in ("", "ℹ️ Подробности"):
            if label:
                await conversation.press(anya, result, label)
                result = await conversation.look(anya, result)
            await conversation.press(anya, result, "⋯ Ещё")
            await conversation.press(anya, await conversation.look(anya, result), "🗑 Удалить")
            asked = await conversation.look(anya, result)
            assert words(asked).count("\n", len(words(result))) == len("\n\n") + 2
            await conversation.press(anya, asked, "←")
            now = await conversation.look(anya, result)
            assert (words(now), labels(now)) == (words(result), labels(result))

    async def test_full_caption_gets_no_question(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The buttons are clear, and the toast asks."""
        _, result = await darkroom.make(anya)
        await conversation.bot.edit_message_caption(
            chat_id=anya.id,
            message_id=result["message_id"],
            caption="яблоко " * 146,
            reply_markup=InlineKeyboardMarkup.model_validate(result["reply_markup"]),
        )
        result = await conversation.look(anya, result)
        answer = await conversation.press(anya, result, "⬆️")
        assert answer["text"] == "Во сколько раз увеличить?"
        asked = await conversation.look(anya, result)
        assert words(asked) == words(result)
        assert "⬆️ ×2 · $0,001" in labels(asked)

    async def test_prompt_that_looks_like_a_question_is_kept(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Only the bot's own question is removed."""
        _, result = await darkroom.make(anya, order="/image яблоко\n\n❓ и груша")
        await conversation.press(anya, result, "⬆️")
        await conversation.press(anya, await conversation.look(anya, result), "←")
        assert await is_as_before(conversation, anya, result)


class TestEnlarging:
    async def test_upscale_asks_for_the_scale(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The scales of the model; then the buttons are as before."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "⬆️")
        asked = await conversation.look(anya, result)
        assert labels(asked) == ["⬆️ ×2 · $0,001", "⬆️ ×4 · $0,003", "← Назад"]
        await conversation.press(anya, asked, "⬆️ ×4")
        request = (await newest(conversation, anya, done)).request
        assert request.options["scale"] == 4
        assert (request.model, request.pictures) == (
            "fal-ai/seedvr/upscale/image",
            (done.files[0].as_start,),
        )
        assert labels(await conversation.look(anya, result)) == labels(result)

    async def test_too_large_scale_is_not_offered(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The limit is 64 megapixels."""
        await conversation.send_text(anya, "/image красное яблоко")
        job = await conversation.job(anya)
        done, result = await darkroom.finish(job, anya)
        grown = done.files[0].model_copy(update={"width": 4000, "height": 3000})
        await conversation.jobs.update_fields(done.id, files=[grown.model_dump()])
        await conversation.press(anya, result, "⬆️")
        assert labels(await conversation.look(anya, result)) == ["⬆️ ×2 · $0,046", "← Назад"]


class TestAnimating:
    async def test_animate_asks_for_a_prompt(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The card has the settings of the video."""
        done, result = await darkroom.make(anya)
        answer = await conversation.press(anya, result, "🎬")
        assert answer["text"] == "Опишите движение"
        await conversation.send_text(anya, "яблоко катится")
        request = (await newest(conversation, anya, done)).request
        assert (request.kind, request.prompt) == (Kind.VIDEO, "яблоко катится")
        assert request.pictures == (done.files[0].as_start,)
        assert request.source == done.id

    async def test_animate_card_replies_to_the_chosen_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Its thumbnail is above the question, and the choice of an image is gone."""
        done, buttons = await darkroom.make(anya, count=3)
        await conversation.press(anya, buttons, "🎬")
        await conversation.press(anya, await conversation.look(anya, buttons), "2")
        card = await anya.last_from_bot()
        assert card["reply_to_message"]["message_id"] == done.sent_message_ids[1]
        assert await is_as_before(conversation, anya, buttons)

    async def test_animate_with_the_images_prompt(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """One more press starts it, and the card goes."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "🎬")
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "▶️")
        request = (await newest(conversation, anya, done)).request
        assert (request.kind, request.prompt) == (Kind.VIDEO, "красное яблоко")
        assert not await conversation.is_shown(anya, card)


class TestOriginal:
    async def test_original_is_sent_as_a_file(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """As a reply to the image, with id and size; the second time nothing is uploaded."""
        done, result = await darkroom.make(anya)
        await conversation.press(anya, result, "📄")
        first = await anya.last_from_bot()
        assert await anya.file(first["document"]["file_id"]) == stored(darkroom, done)
        assert words(first) == f"{done.id} · 480 × 320"
        assert first["reply_to_message"]["message_id"] == result["message_id"]
        await darkroom.files.delete(done.files[0].key)
        await forget_presses(conversation)
        await conversation.press(anya, result, "📄")
        again = await anya.last_from_bot()
        assert again["message_id"] != first["message_id"]
        assert again["document"]["file_unique_id"] == first["document"]["file_unique_id"]

    async def test_originals_of_an_album_are_sent_together(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Nothing is asked."""
        _, buttons = await darkroom.make(anya, count=2)
        await conversation.press(anya, buttons, "📄")
        sent = [message for message in await anya.from_bot() if "document" in message]
        assert len(sent) == 2
        assert len({message["media_group_id"] for message in sent}) == 1

    async def test_missing_original_is_reported(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """With the next step."""
        done, result = await darkroom.make(anya)
        await darkroom.files.delete(done.files[0].key)
        await conversation.press(anya, result, "📄")
        assert "больше нет" in words(await anya.last_from_bot())


class TestFavourite:
    async def test_add_and_remove_a_favourite(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The button shows the state, and /my lists the favourites."""
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
    async def test_delete_removes_everything_after_a_confirmation(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The messages, the files with their previews, the record, and its inputs."""
        done, buttons = await darkroom.make(anya, count=2)
        index = MessageIndex(conversation.dispatcher["redis"])
        first = done.sent_message_ids[0]
        await index.remember_sent(anya.id, {first: ResultRef(done.id, 0)})
        for file in done.files:
            await darkroom.files.put(file.thumbnail_key or "", b"made by a look")
        asked = await ask_to_delete(conversation, anya, buttons)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert answer["text"] == "Удалено"
        assert done.id not in await anya.transcript()
        assert not [message for message in await anya.from_bot() if "photo" in message]
        assert await conversation.jobs.get(done.id) is None
        assert await index.find(anya.id, first) is None
        for file in done.files:
            for key in (file.key, file.thumbnail_key or ""):
                with pytest.raises(NotStored):
                    await darkroom.files.size(key)

    async def test_delete_can_be_withdrawn(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Everything is as before."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        await conversation.press(anya, asked, "← Оставить")
        assert labels(await conversation.look(anya, result)) == labels(result)
        assert await conversation.jobs.get(done.id)

    async def test_delete_leaves_messages_older_than_two_days(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A bot cannot delete them: the user gets a message, and files and buttons go."""
        done, result = await darkroom.make(anya)
        await conversation.jobs.update_fields(done.id, created_at=done.created_at - 49 * 3600)
        asked = await ask_to_delete(conversation, anya, result)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert "уберите их сами" in answer["text"]
        assert answer["show_alert"]
        assert labels(await conversation.look(anya, result)) == []
        assert await conversation.jobs.get(done.id) is None

    async def test_delete_after_a_group_migrated(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Its messages stay in the old group, where they cannot be deleted."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        moved = {"description": "Bad Request: group chat was upgraded", "migrate_to_chat_id": -100}
        await conversation.disturb("deleteMessages", status=400, **moved)
        answer = await conversation.press(anya, asked, "🗑 Да")
        assert "уберите их сами" in answer["text"]
        assert await conversation.jobs.get(done.id) is None

    async def test_delete_is_confirmed_only_when_done(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """During an outage of Telegram nothing is confirmed; the retried press finishes the deletion."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)
        query = await anya.press(asked, next(label for label in labels(asked) if "Да" in label))
        (update,) = await conversation.updates()
        await conversation.disturb("deleteMessages", status=500)
        with pytest.raises(Unavailable):
            await conversation.handle(update)
        assert await conversation.jobs.get(done.id)
        await conversation.handle(update)
        assert (await anya.wait_for_answer(query))["text"] == "Удалено"
        assert await conversation.jobs.get(done.id) is None

    async def test_delete_during_a_storage_outage(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        anya: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The user gets a message and can press again."""
        done, result = await darkroom.make(anya)
        asked = await ask_to_delete(conversation, anya, result)

        async def fail(*_: object) -> None:
            raise StorageError("away")

        with monkeypatch.context() as problem:
            problem.setattr(Storage, "delete", fail)
            answer = await conversation.press(anya, asked, "🗑 Да")
        assert "не получилось" in answer["text"]
        assert (await conversation.press(anya, asked, "🗑 Да"))["text"] == "Удалено"
        assert await conversation.jobs.get(done.id) is None

    async def test_active_job_cannot_be_deleted(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It may be paid for, and a worker processes it."""
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
    """Return whether a message has its earlier text and buttons."""
    now = dict(await conversation.look(user, message))
    now.pop("edit_date", None)
    return now == message


async def forget_presses(conversation: Conversation) -> None:
    """Let ten seconds pass."""
    redis = conversation.dispatcher["redis"]
    await redis.delete(*await redis.keys("darkroom:pressed:*"))
