"""Comparisons in conversation: the choice of models, votes and forged buttons."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.errors import FailureKind
from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery, Place
from tests.user import Message, User, create_group, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import brought, drawing
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press as press_forged
from worker.bot.callback_data import Action, OnResult, PickResult, Vote
from worker.bot.views.comparison_card import vote_card
from worker.comparisons.ranking import Rankings
from worker.comparisons.store import ComparisonStore
from worker.generation.comparing import comparison_of
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import Job, SetPurpose, Status
from worker.users.erase.eraser import UserEraser


async def choose(conversation: Conversation, user: User, *models: str) -> Message:
    """Choose these models on the open card; return the card."""
    card = await user.last_from_bot()
    await conversation.press(user, card, "🆚")
    for model in models:
        await conversation.press(user, await conversation.look(user, card), model)
    return await conversation.look(user, card)


async def jobs_of(conversation: Conversation, user: User) -> list[Job]:
    page = await conversation.jobs.page(user_id=user.id, limit=10)
    return sorted(page.jobs, key=lambda job: job.id)


@dataclass
class Compared:
    """Three results that wait for votes, and their card."""

    conversation: Conversation
    jobs: list[Job]
    card: Message

    @property
    def comparisons(self) -> ComparisonStore:
        return ComparisonStore(self.conversation.dispatcher["redis"])

    def vote(self, choice: str) -> str:
        return f"vote|{self.jobs[0].id}|{choice}"

    async def press(self, user: User, data: str) -> str:
        answer = await press_forged(self.conversation, user, self.card, data)
        return str(answer.get("text", ""))

    async def voters(self) -> int:
        found = await self.comparisons.get(self.jobs[0].id)
        assert found
        return found.voters


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def compare(darkroom: Darkroom, user: User, command: str = "/image") -> Compared:
    """Order a comparison, and finish it as the worker does."""
    conversation = darkroom.conversation
    redis, t = conversation.dispatcher["redis"], conversation.dispatcher["texts"].speaking("ru")
    card = await conversation.send_text(user, command)
    await choose(conversation, user, "FLUX.1 schnell", "Nano Banana ·", "FLUX.2")
    await conversation.press(user, await conversation.look(user, card), "Готово")
    await conversation.send_text(user, "красная дверь", reply_to=card["message_id"])
    jobs = [
        job.model_copy(update={"files": (await darkroom.store(job, 1),)})
        for job in await jobs_of(conversation, user)
    ]
    await ComparisonStore(redis).open(comparison_of(jobs, "ABC"))
    shown = vote_card(t, jobs, in_group=user.chat_id < 0)
    place = Place(jobs[0].chat_id, jobs[0].request.thread_id)
    sent = await Delivery(conversation.bot).send_card(place, shown.text, shown.keyboard)
    await MessageIndex(redis).remember_sent(place.chat_id, {sent: ResultRef(jobs[0].id)})
    for job in jobs:
        ended: dict[str, Any] = {"files": job.files, "seconds": 4.0}
        ended["sent_message_ids"] = [sent] if job is jobs[0] else []
        assert await conversation.jobs.move(job, None, Status.DONE, due=None, **ended)
        await conversation.jobs.update_fields(job.id, cost=0.01, units=1)
    return Compared(conversation, await jobs_of(conversation, user), await user.last_from_bot())


async def test_sum_is_shown_and_reserved(conversation: Conversation, anya: User) -> None:
    """The price of each model and of all; letters in random order; each job has its own model and one result."""
    await conversation.send_text(anya, "/image")
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "Количество")
    await conversation.press(anya, await conversation.look(anya, card), "4 шт")
    card = await choose(conversation, anya, "FLUX.1 schnell · $0,003", "Nano Banana · $0,039")
    assert "Готово: 2 модели · $0,042" in labels(card)
    await conversation.press(anya, card, "Готово")
    card = await conversation.look(anya, card)
    assert "Стоимость: ≈ $0,042" in words(card)
    assert "FLUX.1 schnell, Nano Banana" in words(card)
    await conversation.send_text(anya, "красная дверь")
    jobs = await jobs_of(conversation, anya)
    titles = {MODELS[job.request.model].title for job in jobs}
    assert titles == {"FLUX.1 schnell", "Nano Banana"}
    assert [job.letter for job in jobs] == ["A", "B"]
    assert {job.request.options["count"] for job in jobs} <= {1}
    assert {job.request.job_set and job.request.job_set.purpose for job in jobs} == {
        SetPurpose.COMPARE
    }
    spent = await conversation.dispatcher["ledger"].read()
    assert spent.total.dollars == pytest.approx(0.042)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("button", "models", "work"),
    [
        ("✏️", ("Nano Banana ·", "Seedream 5 Lite"), Work.IMAGE_EDIT),
        ("🎬", ("Seedance", "LTX 2.3 Fast"), Work.IMAGE_TO_VIDEO),
    ],
)
async def test_models_compared_on_an_image(
    conversation: Conversation, anya: User, button: str, models: tuple[str, str], work: Work
) -> None:
    """Each starts from the image, costs what its button says, and counts in the ranking of this work."""
    image = await anya.send_photo(drawing())
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, button)
    await conversation.press(anya, await conversation.look(anya, card), "🆚")
    for model in models:
        await conversation.press(anya, await conversation.look(anya, card), model)
    await conversation.press(anya, await conversation.look(anya, card), "Готово")
    await conversation.send_text(anya, "сделай ярче")
    if await conversation.job_count(anya) == 0:
        await conversation.agree(anya)
    jobs = await jobs_of(conversation, anya)
    assert [job.letter for job in jobs] == ["A", "B"]
    assert {MODELS[job.request.model].work for job in jobs} == {work}
    assert [job.request.pictures for job in jobs] == [(brought(image),)] * 2
    assert {job.request.prompt for job in jobs} == {"сделай ярче"}
    assert comparison_of(jobs, "AB").work is work


async def test_letters_are_random(conversation: Conversation, anya: User) -> None:
    """The order of the models on the card says nothing about the letters."""
    firsts = set()
    for _ in range(12):
        await conversation.send_text(anya, "/image")
        card = await choose(conversation, anya, "FLUX.1 schnell", "Nano Banana ·")
        await conversation.press(anya, card, "Готово")
        await conversation.send_text(anya, "красная дверь")
        jobs = await jobs_of(conversation, anya)
        firsts.add(jobs[-2].request.model)
        for job in jobs[-2:]:
            await conversation.jobs.move(job, None, Status.CANCELLED, due=None)
        if len(firsts) > 1:
            return
    raise AssertionError(firsts)


async def test_at_most_four_models(conversation: Conversation, anya: User) -> None:
    """A fifth is refused; one model alone compares nothing, and none stay after «Не сравнивать»."""
    await conversation.send_text(anya, "/image")
    card = await choose(conversation, anya, "FLUX.1")
    assert "← Назад" in labels(card)
    for name in ("Nano Banana ·", "FLUX.2", "Seedream"):
        await conversation.press(anya, await conversation.look(anya, card), name)
    answer = await conversation.press(anya, await conversation.look(anya, card), "GPT Image 2")
    assert "не больше 4" in answer["text"]
    await conversation.press(anya, await conversation.look(anya, card), "Не сравнивать")
    card = await conversation.look(anya, card)
    assert not [label for label in labels(card) if "✓" in label]
    await conversation.press(anya, card, "← Назад")
    await conversation.send_text(anya, "красная дверь")
    assert await conversation.job_count(anya) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "красная дверь --compare",
        "—Сравнить красная дверь 9:16",
        "красная дверь --formats все --compare",
    ],
)
async def test_compare_in_the_line(conversation: Conversation, anya: User, line: str) -> None:
    """The choice of models opens for these words; the start needs a press."""
    card = await conversation.send_text(anya, f"/image {line}")
    assert "Сравнить модели" in words(card)
    for model in ("FLUX.1 schnell", "Nano Banana ·"):
        await conversation.press(anya, await conversation.look(anya, card), model)
    await conversation.press(anya, await conversation.look(anya, card), "Готово")
    assert "красная дверь" in words(await conversation.look(anya, card))
    await conversation.press(anya, await conversation.look(anya, card), "▶️")
    jobs = await jobs_of(conversation, anya)
    assert [job.request.prompt for job in jobs] == ["красная дверь"] * 2
    assert ("9:16" in line) == ({job.request.options["size"] for job in jobs} == {"9:16"})


@pytest.mark.parametrize("line", ["дверь--compare", "--compares дверь", "сравнить дверь"])
async def test_other_words_compare_nothing(
    conversation: Conversation, anya: User, line: str
) -> None:
    said = await conversation.send_text(anya, f"/image {line}")
    assert "Сравнить модели" not in words(said)


class TestALimit:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, user_daily_budget=0.04)

    async def test_all_jobs_or_none(self, conversation: Conversation, anya: User) -> None:
        """A budget for one of the models alone starts none."""
        await conversation.send_text(anya, "/image")
        card = await choose(conversation, anya, "FLUX.1 schnell", "Nano Banana ·")
        await conversation.press(anya, card, "Готово")
        said = await conversation.send_text(anya, "красная дверь")
        assert "$0,04" in words(said)
        assert await conversation.job_count(anya) == 0


async def test_models_that_cannot_use_the_images_are_not_offered(
    conversation: Conversation, anya: User
) -> None:
    """An inpainting or an upscale cannot be compared; an edit can."""
    card = await conversation.send_text(anya, "/settings")
    assert not [label for label in labels(card) if "🆚" in label]


@pytest.mark.slow
async def test_private_vote_reveals_at_once(darkroom: Darkroom, anya: User) -> None:
    """A double press changes nothing."""
    compared = await compare(darkroom, anya)
    assert "Модели открыты" in await compared.press(anya, compared.vote("B"))
    assert "уже открыты" in await compared.press(anya, compared.vote("B"))
    assert "уже открыты" in await compared.press(anya, compared.vote("A"))
    assert await compared.voters() == 1
    shown = await darkroom.conversation.look(anya, compared.card)
    assert "🏆 B" in words(shown)
    assert words(shown).count("$0,01 · 4 с") == 3
    redis = darkroom.conversation.dispatcher["redis"]
    (first, *_) = (await Rankings(redis).read())[Work.IMAGE]
    assert first.model == compared.jobs[1].request.model


@pytest.mark.slow
async def test_actions_wait_for_the_vote(darkroom: Darkroom, anya: User) -> None:
    """Forged buttons of a hidden result neither order nor show its model; deletion is possible."""
    compared = await compare(darkroom, anya)
    job = compared.jobs[1]
    hidden = set(Action) - {Action.ASK_DELETE, Action.DELETE, Action.BACK, Action.REVEAL}
    for action in hidden:
        data = OnResult(owner=anya.id, job_id=job.id, action=action, picture=0).pack()
        assert "скрыта" in await compared.press(anya, data)
    assert "скрыта" in await compared.press(anya, PickResult(owner=anya.id, job_id=job.id).pack())
    assert await darkroom.conversation.job_count(anya) == 3
    for text in [words(message) for message in await anya.from_bot()][-3:]:
        assert "FLUX" not in text.partition("Сравню вслепую")[0]


@pytest.mark.slow
async def test_ways_to_a_hidden_result_do_not_name_its_model(
    darkroom: Darkroom, anya: User
) -> None:
    """Neither its step, its family tree, a reply to it, nor what was made from it."""
    conversation = darkroom.conversation
    await conversation.enter(anya, "ru")
    compared = await compare(darkroom, anya)
    secrets = {MODELS[job.request.model].title for job in compared.jobs} | {"$0,01"}
    before = len(await anya.messages())
    job, about = compared.jobs[1], f"{anya.id}|{compared.jobs[1].id}"
    opened = await conversation.send_text(anya, "/my")
    for data in (
        f"step|{about}|0|",
        f"tree|{about}|",
        f"step|{about}|0|{job.id}",
        f"tree|{about}|x",
    ):
        await press_forged(conversation, anya, opened, data)
        shown = await conversation.look(anya, opened)
        said = f"{words(shown)} {labels(shown)}"
        assert "красная дверь" in said
        assert not any(secret in said for secret in secrets), (data, said)
    for data in (f"next|{about}|0", f"undo|{about}", f"see|{anya.id}|all|{job.id}||0"):
        await press_forged(conversation, anya, opened, data)
    said = "".join(f"{words(each)} {labels(each)}" for each in (await anya.messages())[before:])
    assert not any(secret in said for secret in secrets), said
    assert "сломал" not in said


@pytest.mark.slow
async def test_forged_votes_count_nothing(darkroom: Darkroom, anya: User, ben: User) -> None:
    """Another user's comparison, another message, an unknown letter or id."""
    compared = await compare(darkroom, anya)
    conversation = darkroom.conversation
    other = await conversation.send_text(ben, "/help")
    for data in (compared.vote("A"), compared.vote("show")):
        answer = await press_forged(conversation, ben, other, data)
        assert "not available" in answer["text"]
    assert words(await conversation.look(ben, other)) == words(other)
    assert "недоступно" in await compared.press(anya, compared.vote("D"))
    assert "недоступно" in await compared.press(anya, f"vote|{'z' * 16}|A")
    for data in ("vote||A", compared.vote("E"), compared.vote(""), "vote|1", "vote|*|A"):
        assert await compared.press(anya, data)
    assert await compared.voters() == 0
    shown = await conversation.look(anya, compared.card)
    assert words(shown) == words(compared.card)


async def test_vote_card_in_the_private_chat_of_a_group_works(
    darkroom: Darkroom, anya: User
) -> None:
    """A group that takes photos and no texts gets the album only."""
    conversation = darkroom.conversation
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    compared = await compare(darkroom, anya.in_chat(group), "/image@darkroom_bot")
    shown = vote_card(
        conversation.dispatcher["texts"].speaking("ru"), compared.jobs, in_group=False
    )
    place = Place(anya.id)
    sent = await Delivery(conversation.bot).send_card(place, shown.text, shown.keyboard)
    index = MessageIndex(conversation.dispatcher["redis"])
    await index.remember_sent(anya.id, {sent: ResultRef(compared.jobs[0].id)})
    compared.card = await anya.last_from_bot()
    assert "Модели открыты" in await compared.press(anya, compared.vote("A"))
    assert await compared.voters() == 1


async def test_deleted_result_is_named_without_actions(darkroom: Darkroom, anya: User) -> None:
    """The others can still be voted for."""
    compared = await compare(darkroom, anya)
    gone = compared.jobs[2]
    assert await darkroom.conversation.jobs.delete(gone)
    await compared.press(anya, compared.vote("A"))
    shown = await darkroom.conversation.look(anya, compared.card)
    assert "C — " + MODELS[gone.request.model].title + " · удалено" in words(shown)
    assert {"✓ A", "B"} <= set(labels(shown))
    assert "C" not in labels(shown)


async def test_models_stay_hidden_until_all_results_have_come(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """/my shows a result that waits for the others, and not yet its model."""
    card = await conversation.send_text(anya, "/image")
    await choose(conversation, anya, "FLUX.1 schnell", "Nano Banana ·")
    await conversation.press(anya, await conversation.look(anya, card), "Готово")
    await conversation.send_text(anya, "красная дверь")
    job = (await jobs_of(conversation, anya))[0]
    waits: dict[str, Any] = {"files": (await darkroom.store(job, 1),)}
    assert await conversation.jobs.move(job, None, Status.COLLECTED, due=None, **waits)
    data = OnResult(owner=anya.id, job_id=job.id, action=Action.REVEAL).pack()
    answer = await press_forged(conversation, anya, await anya.last_from_bot(), data)
    assert "Не все результаты" in answer["text"]
    assert all(each.is_blind for each in await jobs_of(conversation, anya))


async def test_reply_to_the_card_names_no_model(conversation: Conversation, anya: User) -> None:
    """New words for a result that failed would order the hidden model again, with its name on the new card."""
    card = await conversation.send_text(anya, "/image")
    await choose(conversation, anya, "FLUX.1 schnell", "Nano Banana ·")
    await conversation.press(anya, await conversation.look(anya, card), "Готово")
    shown = await conversation.send_text(anya, "красная дверь")
    failed = (await jobs_of(conversation, anya))[0]
    assert await conversation.jobs.move(
        failed, None, Status.FAILED, due=None, failure=FailureKind.MODERATION
    )
    said = await conversation.send_text(anya, "синяя дверь", reply_to=shown["message_id"])
    assert "скрыта" in words(said)
    assert await conversation.job_count(anya) == 2
    await conversation.jobs.update_fields(failed.id, revealed=True)
    await conversation.send_text(anya, "синяя дверь", reply_to=shown["message_id"])
    assert (await conversation.job(anya)).request.model == failed.request.model


async def test_comparison_without_its_first_job_is_erased(darkroom: Darkroom, anya: User) -> None:
    """The record names the author even after the job is deleted whose id it has."""
    compared, conversation = await compare(darkroom, anya), darkroom.conversation
    assert await conversation.jobs.delete(compared.jobs[0])
    redis = conversation.dispatcher["redis"]
    eraser = UserEraser(redis, darkroom.files, conversation.jobs, anya.id)
    await eraser.delete(await eraser.find())
    assert await redis.keys("darkroom:comparison:*") == []


@pytest.mark.slow
async def test_erasing_a_voter_keeps_the_vote(darkroom: Darkroom, anya: User, ben: User) -> None:
    """Only who voted is forgotten; erasing the author removes the comparison."""
    conversation = darkroom.conversation
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
    here = anya.in_chat(group)
    compared = await compare(darkroom, here, "/image@darkroom_bot")
    await compared.press(ben, compared.vote("A"))
    await compared.press(anya, compared.vote("B"))
    redis = conversation.dispatcher["redis"]
    for user, left in ((ben, {f"vote:{anya.id}"}), (anya, set())):
        eraser = UserEraser(redis, darkroom.files, conversation.jobs, user.id)
        await eraser.delete(await eraser.find())
        names = await redis.hkeys(f"darkroom:comparison:{compared.jobs[0].id}")
        assert {name.decode() for name in names if name.startswith(b"vote:")} == left
    assert not await redis.exists(f"darkroom:comparison:{compared.jobs[0].id}")
    assert not await redis.keys("darkroom:comparison:*")
    assert (await Rankings(redis).read())[Work.IMAGE][0].total.count == 3
    assert "недоступно" in await compared.press(anya, compared.vote("A"))


class TestAnAllowlist:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_allowed_user_ids=frozenset(range(1001, 5000)))

    async def test_stranger_has_no_vote(self, darkroom: Darkroom, anya: User) -> None:
        """Somebody in the group who may not use the bot."""
        group = await create_group(str(darkroom.conversation.telegram.base_url), "Команда", [anya])
        compared = await compare(darkroom, anya.in_chat(group), "/image@darkroom_bot")
        stranger = User(str(darkroom.conversation.telegram.base_url), 9_999_999)
        answers = len(await darkroom.conversation.calls("answerCallbackQuery"))
        query = {
            "id": "stranger-1",
            "from": {"id": stranger.id, "is_bot": False, "first_name": "Mallory"},
            "message": compared.card,
            "chat_instance": "1",
            "data": compared.vote("A"),
        }
        await darkroom.conversation.handle({"update_id": 990_000_001, "callback_query": query})
        assert len(await darkroom.conversation.calls("answerCallbackQuery")) == answers + 1
        assert await compared.voters() == 0
        await stranger.close()


def test_vote_button_fits_telegrams_64_bytes() -> None:
    for choice in ("A", "tie", "show"):
        assert len(Vote(comparison="z" * 16, choice=choice).pack().encode()) <= 64
