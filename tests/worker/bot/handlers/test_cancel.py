"""/cancel and the button on a running card: what is said at once."""

from typing import Any

import pytest

from infra.settings import Settings
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.test_forged_presses import press as forge
from tests.worker.bot.test_groups import Group
from worker.model import ACTIVE, CANCELLABLE, TERMINAL, Job, Status, Trouble

TOO_LATE = ACTIVE - CANCELLABLE


async def order(conversation: Conversation, user: User) -> tuple[Job, Message]:
    card = await conversation.hear(user, "/image красное яблоко")
    return await conversation.job(user), card


async def wished(conversation: Conversation, job: Job) -> bool:
    now = await conversation.jobs.get(job.id)
    assert now
    return now.cancel_requested


async def test_the_button_on_a_card_asks_for_a_cancel(
    conversation: Conversation, anya: User
) -> None:
    """It is answered at once and noted; what comes of it the card will show."""
    job, card = await order(conversation, anya)
    answer = await conversation.press(anya, card, "✖️ Отменить")
    assert answer["text"].startswith("Отменяю")
    assert await wished(conversation, job)
    again = await conversation.press(anya, card, "✖️ Отменить")
    assert again["text"] == "Уже отменяю."


async def test_cancel_alone_means_the_newest_that_runs(
    conversation: Conversation, anya: User
) -> None:
    """One after the other; when nothing runs, it says so."""
    first, card = await order(conversation, anya)
    second, _ = await order(conversation, anya)
    await conversation.hear(anya, "/cancel")
    assert not await wished(conversation, first)
    assert await wished(conversation, second)
    answer = await conversation.hear(anya, "/cancel")
    assert await wished(conversation, first)
    assert first.id in answer["text"]
    assert answer["reply_to_message"]["message_id"] == card["message_id"]
    for job in (first, second):
        await conversation.jobs.move(job, ACTIVE, Status.CANCELLED, due=None)
    assert "ничего не выполняется" in (await conversation.hear(anya, "/cancel"))["text"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        *((status, "Отменяю задание") for status in sorted(CANCELLABLE)),
        *((status, "вот-вот придёт") for status in sorted(TOO_LATE)),
        (Status.DONE, "результат уже готов"),
        (Status.CANCELLED, "уже отменено"),
        (Status.FAILED, "уже закончилось"),
        (Status.EXPIRED, "уже закончилось"),
    ],
)
async def test_the_answer_says_what_is_true_where_the_job_stands(
    conversation: Conversation, anya: User, status: Status, said: str
) -> None:
    """Nothing is promised that cannot be kept, and no wish is noted that comes too late."""
    job, _ = await order(conversation, anya)
    due = None if status in TERMINAL else 1.0
    await conversation.jobs.move(job, {Status.CREATED}, status, due=due)
    assert said in (await conversation.hear(anya, f"/cancel {job.id}"))["text"]
    assert await wished(conversation, job) == (status in CANCELLABLE)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.COLLECTING])
async def test_while_a_result_cannot_be_had_the_answer_does_not_promise_it(
    conversation: Conversation, anya: User, status: Status
) -> None:
    """It is paid for and tried for half an hour: that is what the button says."""
    job, card = await order(conversation, anya)
    now = conversation.jobs.clock()
    waits: dict[str, Any] = {
        "trouble": Trouble(kind="result_unreachable", since=now),
        "deadline": now + 1500,
    }
    await conversation.jobs.move(job, {Status.CREATED}, status, due=1.0, **waits)
    answer = await conversation.press(anya, card, "✖️ Отменить")
    assert answer["text"] == (
        "Отменить уже нельзя: сервис закончил, и результат оплачен."
        " Скачать его пока не удаётся, пробую ещё 25 мин."
    )
    assert answer["show_alert"]


async def test_nobody_cancels_somebody_elses_job(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """By id or by a forged press: as if there were no such job."""
    job, _ = await order(conversation, anya)
    answers = [
        (await conversation.hear(ben, f"/cancel {job_id}"))["text"]
        for job_id in (job.id, "0" * 16, "<b>")
    ]
    assert len(set(answers)) == 1
    card = await conversation.hear(ben, "/help")
    presses = [
        (await forge(conversation, ben, card, f"stop|{owner}|{job_id}"))["text"]
        for owner in (ben.id, anya.id)
        for job_id in (job.id, "0" * 16)
    ]
    assert len(set(presses)) == 1
    assert not await wished(conversation, job)


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset({1002}))

    async def test_an_admin_cancels_anybodys_job(
        self, conversation: Conversation, anya: User
    ) -> None:
        """By the command that `/status` shows."""
        job, _ = await order(conversation, anya)
        async with User(str(conversation.telegram.base_url), 1002) as admin:
            card = await conversation.hear(admin, f"/status {job.id}")
            assert card["text"].endswith(f"To cancel it: /cancel {job.id}")
            await conversation.hear(admin, f"/cancel {job.id}")
        assert await wished(conversation, job)


async def test_in_a_group_a_colleagues_press_cancels_nothing(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Everybody sees the button; it works for the author."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "/image@darkroom_bot красное яблоко")
    (card,) = await group.from_bot(anya)
    job = await conversation.job(anya)
    answer = await forge(conversation, ben, card, f"stop|{anya.id}|{job.id}")
    assert "Only its author" in answer["text"]
    assert not await wished(conversation, job)
