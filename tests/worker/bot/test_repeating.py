import pytest

from infra.fal.models import Work
from infra.settings import Settings
from tests.person import Message, Person
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.test_jobs import request
from worker.bot.offering import Offering
from worker.bot.orders import draft_of
from worker.jobs import Job, Kind, Picture, Status


async def fail(conversation: Conversation, person: Person, failure: str) -> tuple[Job, Message]:
    """A job that failed, and the message that shows it."""
    await conversation.hear(person, "/image красное яблоко")
    job = await conversation.job(person)
    await conversation.jobs.move(job, {job.status}, Status.FAILED, due=None, failure=failure)
    return job, await conversation.hear(person, f"/status {job.id}")


async def test_a_failed_job_can_be_started_again(conversation: Conversation, anya: Person) -> None:
    """The same request becomes a job of its own, answered like any other."""
    failed, card = await fail(conversation, anya, "busy")
    assert labels(card) == ["🔁 Ещё раз · $0,003"]
    answer = await conversation.press(anya, card, "🔁")
    assert answer["text"] == "Запускаю ещё раз"
    job = await conversation.job(anya)
    assert job.id != failed.id
    assert (job.request.prompt, job.request.options) == ("красное яблоко", failed.request.options)
    assert job.id in (await anya.last_from_bot())["text"]


async def test_a_button_pressed_twice_starts_one_job(
    conversation: Conversation, anya: Person
) -> None:
    """An impatient finger costs nothing."""
    _, card = await fail(conversation, anya, "busy")
    answers = [(await conversation.press(anya, card, "🔁"))["text"] for _ in range(2)]
    assert answers == ["Запускаю ещё раз", None]
    assert await conversation.job_count(anya) == 2


async def test_a_refused_prompt_is_shown_for_editing(
    conversation: Conversation, anya: Person
) -> None:
    """The old prompt comes as text to copy, then the card asks for the new one."""
    _, card = await fail(conversation, anya, "moderation")
    assert labels(card) == ["✏️ Другое описание"]
    await conversation.press(anya, card, "✏️")
    *_, prompt, question = await anya.from_bot()
    (code,) = [entity for entity in prompt["entities"] if entity["type"] == "code"]
    assert prompt["text"][code["offset"] :] == "красное яблоко"
    assert "Опишите, что нарисовать" in question["text"]
    await conversation.hear(anya, "зелёное яблоко")
    assert (await conversation.job(anya)).request.prompt == "зелёное яблоко"


async def test_a_job_whose_model_is_gone_goes_on_with_another(
    conversation: Conversation, anya: Person
) -> None:
    """Said plainly; the old words are there to be copied, and the card knows the models of today."""
    job, card = await fail(conversation, anya, "busy")
    former = job.request.model_copy(update={"model": "fal-ai/of-yesterday"})
    await conversation.jobs.note(job.id, request=former.model_dump())
    answer = await conversation.press(anya, card, "🔁")
    assert "Этой модели больше нет" in answer["text"]
    *_, prompt, question = await anya.from_bot()
    assert prompt["text"].endswith("красное яблоко")
    assert "Опишите, что нарисовать" in question["text"]
    await conversation.hear(anya, "зелёное яблоко")
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
def test_what_a_lost_model_did_shows_in_what_it_was_given(
    *, kind: Kind, pictures: int, mask: bool, work: Work
) -> None:
    """By kind, pictures and mask."""
    given = Picture(key="inputs/one.png")
    former = request(1).model_copy(
        update={
            "model": "fal-ai/of-yesterday",
            "kind": kind,
            "pictures": (given,) * pictures,
            "mask": given if mask else None,
        }
    )
    assert draft_of(former, Offering(Settings(_env_file=None))).work is work


async def test_a_job_that_is_gone_is_not_repeated(conversation: Conversation, anya: Person) -> None:
    """Its button says so."""
    job, card = await fail(conversation, anya, "busy")
    await conversation.dispatcher["redis"].delete(f"darkroom:job:{job.id}")
    answer = await conversation.press(anya, card, "🔁")
    assert answer["text"] == "Этого задания больше нет."
