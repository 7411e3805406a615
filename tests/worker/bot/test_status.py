import pytest

from infra.settings import Settings
from tests.person import Person
from tests.worker.bot.conversation import Conversation, labels
from worker.jobs import Status


async def test_status_shows_what_the_card_shows(conversation: Conversation, anya: Person) -> None:
    """The same lines and buttons wherever it is asked for, and far from the prompt the prompt as well."""
    card = await conversation.hear(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    assert "красное яблоко" not in card["text"], "the message above it says so"
    for job_id in (job.id, job.id.upper()):
        answer = await conversation.hear(anya, f"/status {job_id}")
        assert answer["text"].replace("красное яблоко\n", "") == card["text"]
        assert labels(answer) == labels(card) == ["✖️ Отменить"]


async def test_status_without_an_id_shows_the_newest_job(
    conversation: Conversation, anya: Person
) -> None:
    """Most people ask about what they have just begun."""
    assert "пока нет заданий" in (await conversation.hear(anya, "/status"))["text"]
    await conversation.hear(anya, "/image красное яблоко")
    await conversation.hear(anya, "/image зелёное яблоко")
    assert "зелёное яблоко" in (await conversation.hear(anya, "/status"))["text"]


async def test_nobody_learns_which_ids_exist(
    conversation: Conversation, anya: Person, ben: Person
) -> None:
    """Somebody else's id, an unknown one and a malformed one get the very same answer."""
    await conversation.hear(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    unknown = job.id[:-1] + ("0" if job.id[-1] != "0" else "1")
    answers = {
        (await conversation.hear(ben, f"/status {job_id}"))["text"]
        for job_id in (job.id, unknown, "ooo", "<b>", "1 2 3")
    }
    assert len(answers) == 1
    assert "None of your jobs" in answers.pop()


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset({1001, 1002}))

    async def test_an_admin_sees_every_job_and_repeats_none(
        self, conversation: Conversation, anya: Person
    ) -> None:
        """Shown in the admin's own language, without the author's buttons."""
        await conversation.hear(anya, "/image красное яблоко")
        job = await conversation.job(anya)
        moved = await conversation.jobs.move(
            job, {Status.CREATED}, Status.FAILED, due=None, failure="busy"
        )
        assert moved
        async with Person(str(conversation.telegram.base_url), 1002) as admin:
            answer = await conversation.hear(admin, f"/status {job.id}")
        assert "is too busy just now" in answer["text"]
        assert labels(answer) == []
