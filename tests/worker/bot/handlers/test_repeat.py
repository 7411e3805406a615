from pathlib import Path

import pytest

from infra.fal.model import Work
from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.results import Darkroom
from tests.worker.jobs.test_store import request
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.order_requests import draft_of
from worker.model import Job, Kind, Picture, Request, Status


async def fail(conversation: Conversation, user: User, failure: str) -> tuple[Job, Message]:
    """Let a job fail; return it and the message that shows it."""
    await conversation.send_text(user, "/image красное яблоко")
    job = await conversation.job(user)
    await conversation.jobs.move(job, {job.status}, Status.FAILED, due=None, failure=failure)
    return job, await conversation.send_text(user, f"/status {job.id}")


async def test_repeat_a_failed_job(conversation: Conversation, anya: User) -> None:
    """The same request becomes another job, answered like any other."""
    failed, card = await fail(conversation, anya, "busy")
    assert labels(card) == ["🔁 Ещё раз · $0,003"]
    answer = await conversation.press(anya, card, "🔁")
    assert answer["text"] == "Запускаю ещё раз"
    job = await conversation.job(anya)
    assert job.id != failed.id
    assert (job.request.prompt, job.request.options) == ("красное яблоко", failed.request.options)
    assert job.id in (await anya.last_from_bot())["text"]


async def test_double_press_starts_one_job(conversation: Conversation, anya: User) -> None:
    _, card = await fail(conversation, anya, "busy")
    answers = [(await conversation.press(anya, card, "🔁"))["text"] for _ in range(2)]
    assert answers == ["Запускаю ещё раз", None]
    assert await conversation.job_count(anya) == 2


@pytest.mark.parametrize("failure", ["result_unreachable", "result_unstored"])
async def test_download_again_is_free(conversation: Conversation, anya: User, failure: str) -> None:
    """No second job is created or paid; a second press changes nothing."""
    failed, card = await fail(conversation, anya, failure)
    await conversation.jobs.update_fields(failed.id, result_urls=("https://v3.fal.media/a.png",))
    assert labels(card) == ["⬇️ Скачать ещё раз"]
    answers = [(await conversation.press(anya, card, "⬇️"))["text"] for _ in range(2)]
    assert answers == ["Скачиваю ещё раз", "Уже скачиваю."]
    job = await conversation.job(anya)
    assert (job.id, job.status, job.failure) == (failed.id, Status.COMPLETED, None)
    assert job.deadline
    assert job.deadline > conversation.jobs.clock()


async def test_failed_result_call_is_repeated(conversation: Conversation, anya: User) -> None:
    """fal is asked again for the URLs of the result."""
    _, card = await fail(conversation, anya, "result_unreachable")
    await conversation.press(anya, card, "⬇️")
    assert (await conversation.job(anya)).status is Status.RUNNING


async def test_a_refused_prompt_is_shown_for_editing(
    conversation: Conversation, anya: User
) -> None:
    """The old prompt comes as text to copy, then the card asks for a new one."""
    _, card = await fail(conversation, anya, "moderation")
    assert labels(card) == ["✏️ Другое описание"]
    await conversation.press(anya, card, "✏️")
    *_, prompt, question = await anya.from_bot()
    (code,) = [entity for entity in prompt["entities"] if entity["type"] == "code"]
    assert prompt["text"][code["offset"] :] == "красное яблоко"
    assert "Опишите, что нарисовать" in question["text"]
    await conversation.send_text(anya, "зелёное яблоко")
    assert (await conversation.job(anya)).request.prompt == "зелёное яблоко"


class TestAnotherDescription:
    """«Другое описание»: the same settings and kind of work."""

    @pytest.fixture
    def darkroom(self, conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
        return Darkroom(conversation, files, tmp_path)

    async def describe(
        self, conversation: Conversation, user: User, result: Message, said: str
    ) -> Request:
        await conversation.press(user, result, "✏️")
        await conversation.send_text(user, said)
        return (await conversation.job(user)).request

    @pytest.mark.parametrize(
        "order", ["/image премиум широкий 2 шт. яблоко --no люди --seed 7", "/image аниме, яблоко"]
    )
    async def test_another_prompt_keeps_an_images_settings(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, order: str
    ) -> None:
        """Also those of this order only, and although the user's own settings differ."""
        done, result = await darkroom.make(anya, order=order)
        own = {"size": "portrait", "count": 4, "quality": "standard", "negative_prompt": "снег"}
        await conversation.dispatcher["users"].remember(anya.id, Work.IMAGE, own)
        request = await self.describe(conversation, anya, result, "груша")
        assert request.prompt == "груша"
        assert (request.model, request.options) == (done.request.model, done.request.options)

    async def test_another_prompt_allows_other_settings(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A press changes this order, and options in the prompt win."""
        _, result = await darkroom.make(anya, order="/image широкий 2 шт. яблоко --seed 7")
        await conversation.press(anya, result, "✏️")
        card = await anya.last_from_bot()
        assert {"✓ 16:9", "Размер: Широкий 16:9", "Количество: 2"} <= set(labels(card))
        assert any(label.startswith("Модель: FLUX.1 schnell") for label in labels(card))
        assert "Seed: 7" in card["text"]
        await conversation.choose(anya, card, "Размер", "1:1")
        await conversation.send_text(anya, "груша 3 шт.")
        options = (await conversation.job(anya)).request.options
        assert options == {"size": "square", "count": 3, "style": "none", "seed": 7}

    async def test_another_prompt_keeps_a_variation(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Of the same image, by the same model: no edit of its source."""
        _, result = await darkroom.make(anya)
        await conversation.press(anya, result, "✨")
        variation, below = await darkroom.finish(await conversation.job(anya), anya, count=4)
        request = await self.describe(conversation, anya, below, "груша")
        before = variation.request
        assert request.prompt == "груша"
        assert (request.model, request.options) == (before.model, before.options)
        assert (request.pictures, request.source) == (before.pictures, before.source)

    async def test_another_prompt_allows_another_count(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It does not become the user's setting for edits."""
        _, result = await darkroom.make(anya)
        await conversation.press(anya, result, "✨")
        _, below = await darkroom.finish(await conversation.job(anya), anya, count=4)
        await conversation.press(anya, below, "✏️")
        card = await anya.last_from_bot()
        assert "Всё остальное останется прежним" in card["text"]
        await conversation.choose(anya, card, "Количество", "2 шт.")
        await conversation.send_text(anya, "груша")
        options = (await conversation.job(anya)).request.options
        assert options == {"count": 2, "strength": 75}
        user = await conversation.dispatcher["users"].get(anya.id)
        assert user.options(Work.IMAGE_EDIT) == {}

    async def test_another_prompt_keeps_a_videos_duration_and_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """And its sound."""
        _, result = await darkroom.make(anya)
        await conversation.press(anya, result, "🎬")
        await conversation.send_text(anya, "12s без звука яблоко катится")
        await conversation.agree(anya)
        video, shown = await darkroom.finish(await conversation.job(anya), anya)
        request = await self.describe(conversation, anya, shown, "яблоко падает")
        assert request.kind is Kind.VIDEO
        assert request.options == video.request.options
        assert request.options | {"duration": 12, "audio": False} == request.options
        assert request.pictures == video.request.pictures


async def test_another_prompt_replaces_a_removed_model(
    conversation: Conversation, anya: User
) -> None:
    """The card says so, has the old prompt to copy, and offers today's models."""
    job, card = await fail(conversation, anya, "busy")
    former = job.request.model_copy(update={"model": "fal-ai/of-yesterday"})
    await conversation.jobs.update_fields(job.id, request=former.model_dump())
    answer = await conversation.press(anya, card, "🔁")
    assert "Этой модели больше нет" in answer["text"]
    *_, prompt, question = await anya.from_bot()
    assert prompt["text"].endswith("красное яблоко")
    assert "Опишите, что нарисовать" in question["text"]
    await conversation.send_text(anya, "зелёное яблоко")
    assert (await conversation.job(anya)).request.model == job.request.model


@pytest.mark.parametrize(
    ("kind", "pictures", "mask", "work"),
    [
        (Kind.IMAGE, 0, False, Work.IMAGE),
        (Kind.IMAGE, 2, False, Work.IMAGE_EDIT),
        (Kind.IMAGE, 1, True, Work.INPAINTING),
        (Kind.VIDEO, 0, False, Work.VIDEO),
        (Kind.VIDEO, 1, False, Work.IMAGE_TO_VIDEO),
    ],
)
def test_task_of_a_removed_model_follows_from_its_inputs(
    *, kind: Kind, pictures: int, mask: bool, work: Work
) -> None:
    """From kind, images and mask."""
    given = Picture(key="inputs/one.png")
    former = request(1).model_copy(
        update={
            "model": "fal-ai/of-yesterday",
            "kind": kind,
            "pictures": (given,) * pictures,
            "mask": given if mask else None,
        }
    )
    assert draft_of(former, OptionCatalog(Settings(_env_file=None))).work is work


async def test_deleted_job_is_not_repeated(conversation: Conversation, anya: User) -> None:
    """The answer to its button says so."""
    job, card = await fail(conversation, anya, "busy")
    await conversation.dispatcher["redis"].delete(f"darkroom:job:{job.id}")
    answer = await conversation.press(anya, card, "🔁")
    assert answer["text"] == "Этого задания больше нет."
