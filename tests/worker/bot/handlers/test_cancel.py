"""/cancel and the button on an active card: the immediate answer."""

from typing import Any

import pytest

from infra.settings import Settings
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.drawings import drawing
from tests.worker.bot.test_forged_callbacks import press as forge
from tests.worker.bot.test_groups import Group
from worker.model import ACTIVE, CANCELLABLE, TERMINAL, Job, Problem, Status

TOO_LATE = ACTIVE - CANCELLABLE


async def order(conversation: Conversation, user: User) -> tuple[Job, Message]:
    card = await conversation.send_text(user, "/image красное яблоко")
    return await conversation.job(user), card


async def requested(conversation: Conversation, job: Job) -> bool:
    now = await conversation.jobs.get(job.id)
    assert now
    return now.cancel_requested


async def test_cancel_button(conversation: Conversation, anya: User) -> None:
    """It is answered and stored at once; the card shows the outcome later."""
    job, card = await order(conversation, anya)
    answer = await conversation.press(anya, card, "✖️ Отменить")
    assert answer["text"].startswith("Отменяю")
    assert await requested(conversation, job)
    again = await conversation.press(anya, card, "✖️ Отменить")
    assert again["text"] == "Уже отменяю."


async def test_cancel_without_an_id_takes_the_newest_job(
    conversation: Conversation, anya: User
) -> None:
    """One after the other; without an active job, it says so."""
    first, card = await order(conversation, anya)
    second, _ = await order(conversation, anya)
    await conversation.send_text(anya, "/cancel")
    assert not await requested(conversation, first)
    assert await requested(conversation, second)
    answer = await conversation.send_text(anya, "/cancel")
    assert await requested(conversation, first)
    assert first.id in answer["text"]
    assert answer["reply_to_message"]["message_id"] == card["message_id"]
    for job in (first, second):
        await conversation.jobs.move(job, ACTIVE, Status.CANCELLED, due=None)
    assert "ничего не выполняется" in (await conversation.send_text(anya, "/cancel"))["text"]


@pytest.mark.parametrize("opening", ["🖼 Изображение", "/video лодка в море", "photo"])
async def test_cancel_closes_the_open_card_of_an_order_and_leaves_jobs_alone(
    conversation: Conversation, anya: User, opening: str
) -> None:
    """The card disappears, later words and images start without it, and a second /cancel is about the job."""
    job, _ = await order(conversation, anya)
    if opening == "photo":
        await anya.send_photo(drawing())
        await conversation.catch_up()
        card = await anya.last_from_bot()
    else:
        card = await conversation.send_text(anya, opening)
    assert "отменено" in (await conversation.send_text(anya, "/cancel"))["text"]
    assert not await conversation.is_shown(anya, card)
    assert not await requested(conversation, job)
    assert "изображение или видео" in (await conversation.send_text(anya, "кот"))["text"]
    await conversation.send_text(anya, "/cancel")
    assert await requested(conversation, job)


async def test_cancel_beside_open_settings_is_about_the_job(
    conversation: Conversation, anya: User
) -> None:
    """Settings are no order."""
    job, _ = await order(conversation, anya)
    await conversation.send_text(anya, "/settings")
    await conversation.send_text(anya, "/cancel")
    assert await requested(conversation, job)


@pytest.mark.slow
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
async def test_cancel_answer_depends_on_the_status(
    conversation: Conversation, anya: User, status: Status, said: str
) -> None:
    """It promises nothing unsure, and a request that comes too late is not stored."""
    job, _ = await order(conversation, anya)
    due = None if status in TERMINAL else 1.0
    await conversation.jobs.move(job, {Status.CREATED}, status, due=due)
    assert said in (await conversation.send_text(anya, f"/cancel {job.id}"))["text"]
    assert await requested(conversation, job) == (status in CANCELLABLE)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.COLLECTING])
async def test_cancel_during_a_failing_download(
    conversation: Conversation, anya: User, status: Status
) -> None:
    """The result is paid for and retried for half an hour: the answer says so."""
    job, card = await order(conversation, anya)
    now = conversation.jobs.clock()
    waits: dict[str, Any] = {
        "problem": Problem(kind="result_unreachable", since=now),
        "deadline": now + 1500,
    }
    await conversation.jobs.move(job, {Status.CREATED}, status, due=1.0, **waits)
    answer = await conversation.press(anya, card, "✖️ Отменить")
    assert answer["text"] == (
        "Отменить уже нельзя: сервис закончил, и результат оплачен."
        " Скачать его пока не удаётся, пробую ещё 25 мин."
    )
    assert answer["show_alert"]


async def test_another_users_job_cannot_be_cancelled(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """By id or by a forged press: the answer is that of an unknown job."""
    job, _ = await order(conversation, anya)
    answers = [
        (await conversation.send_text(ben, f"/cancel {job_id}"))["text"]
        for job_id in (job.id, "0" * 16, "<b>")
    ]
    assert len(set(answers)) == 1
    card = await conversation.send_text(ben, "/help")
    presses = [
        (await forge(conversation, ben, card, f"stop|{owner}|{job_id}"))["text"]
        for owner in (ben.id, anya.id)
        for job_id in (job.id, "0" * 16)
    ]
    assert len(set(presses)) == 1
    assert not await requested(conversation, job)


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset({1002}))

    async def test_admin_cancels_any_job(self, conversation: Conversation, anya: User) -> None:
        """By the command in the answer of `/status`."""
        job, _ = await order(conversation, anya)
        async with User(str(conversation.telegram.base_url), 1002) as admin:
            card = await conversation.send_text(admin, f"/status {job.id}")
            assert card["text"].endswith(f"To cancel it: /cancel {job.id}")
            await conversation.send_text(admin, f"/cancel {job.id}")
        assert await requested(conversation, job)


async def test_group_button_works_only_for_the_author(
    conversation: Conversation, anya: User, ben: User
) -> None:
    group = await Group.found(conversation, anya)
    await group.say(anya, "/image@darkroom_bot красное яблоко")
    (card,) = await group.from_bot(anya)
    job = await conversation.job(anya)
    answer = await forge(conversation, ben, card, f"stop|{anya.id}|{job.id}")
    assert "Only its author" in answer["text"]
    assert not await requested(conversation, job)
