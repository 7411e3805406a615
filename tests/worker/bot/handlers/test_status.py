import pytest

from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import ADMIN, Conversation, Localized, labels
from worker.model import ACTIVE, Status
from worker.users.store import User as KnownUser
from worker.users.store import UserStore


async def test_status_has_the_text_of_the_card(conversation: Conversation, anya: User) -> None:
    """The same lines, and without the order in sight the prompt as well.

    It replies to the card, which follows the job; without buttons, it cannot have stale ones later.
    """
    card = await conversation.send_text(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    assert "красное яблоко" not in card["text"], "the message above it says so"
    for job_id in (job.id, job.id.upper()):
        answer = await conversation.send_text(anya, f"/status {job_id}")
        lines, _, how_to_cancel = answer["text"].rpartition("\n\n")
        assert lines.replace("красное яблоко\n", "") == card["text"]
        assert how_to_cancel == f"Отменить: /cancel {job.id}"
        assert answer["reply_to_message"]["message_id"] == card["message_id"]
        assert (labels(card), labels(answer)) == (["✖️ Отменить"], [])


async def test_status_without_an_id_shows_the_newest_job(
    conversation: Conversation, anya: User
) -> None:
    assert "пока нет заданий" in (await conversation.send_text(anya, "/status"))["text"]
    await conversation.send_text(anya, "/image красное яблоко")
    await conversation.send_text(anya, "/image зелёное яблоко")
    assert "зелёное яблоко" in (await conversation.send_text(anya, "/status"))["text"]


async def test_unknown_and_foreign_ids_get_the_same_answer(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Another user's id, an unknown one and a malformed one."""
    await conversation.send_text(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    unknown = job.id[:-1] + ("0" if job.id[-1] != "0" else "1")
    answers = {
        (await conversation.send_text(ben, f"/status {job_id}"))["text"]
        for job_id in (job.id, unknown, "ooo", "<b>", "1 2 3")
    }
    assert len(answers) == 1
    assert "None of your jobs" in answers.pop()


async def test_status_of_a_damaged_job(conversation: Conversation, anya: User, ben: User) -> None:
    """Its author sees its id; /status alone and /my skip it."""
    await conversation.send_text(anya, "/image красное яблоко")
    whole = await conversation.job(anya)
    await conversation.send_text(anya, "/image зелёное яблоко")
    torn = await conversation.job(anya)
    await conversation.dispatcher["redis"].hset(f"darkroom:job:{torn.id}", "status", "?")
    for command in ("status", "cancel"):
        answer = (await conversation.send_text(anya, f"/{command} {torn.id}"))["text"]
        assert f"Запись задания {torn.id} повреждена" in answer
    assert whole.id in (await conversation.send_text(anya, "/status"))["text"]
    assert "1" in (await conversation.send_text(anya, "/my"))["caption"]
    assert "None of your jobs" in (await conversation.send_text(ben, f"/status {torn.id}"))["text"]


class TestWhatOnlyAnAdminCanFix:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset({ADMIN}))

    @pytest.mark.parametrize("failure", ["balance", "key"])
    async def test_failure_names_the_admin_and_the_next_step(
        self, conversation: Conversation, anya: User, failure: str
    ) -> None:
        """By a link to the admin, if the bot knows one."""
        await conversation.send_text(anya, "/image яблоко")
        job = await conversation.job(anya)
        await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure=failure)
        card = await conversation.send_text(anya, "/status")
        assert "Скажите администратору" in card["text"]
        assert "нажмите «🔁 Ещё раз»" in card["text"]
        users = UserStore(conversation.dispatcher["redis"])
        await users.introduce(KnownUser(ADMIN, name="Ольга <3", username="olga"))
        card = await conversation.send_text(anya, "/status")
        assert card["text"].endswith("Кто может помочь: Ольга <3")
        assert labels(card) == ["🔁 Ещё раз · $0,003"]
        assert [e["type"] for e in card["entities"]][-1] in ("text_link", "text_mention")

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("failure", "russian", "english"),
        [
            ("balance", "Пополните его", "Please top it up"),
            ("key", "Проверьте fal_api_key", "Please check fal_api_key"),
            ("storage", "Освободите место", "Free some space"),
            ("result_unstored", "Освободите место", "Free some space"),
            ("unfetched_picture", "адрес из public_url", "the address in public_url"),
            ("unknown", "в журнале бота", "in the bot’s log"),
            (None, "в журнале бота", "in the bot’s log"),
        ],
    )
    async def test_failure_for_an_admin_says_what_to_do(
        self,
        conversation: Conversation,
        failure: str | None,
        russian: str,
        english: str,
        language: str,
        localized: Localized,
    ) -> None:
        """It does not refer admins to themselves."""
        users = UserStore(conversation.dispatcher["redis"])
        await users.introduce(KnownUser(ADMIN, name="Ольга"))
        async with User(str(conversation.telegram.base_url), ADMIN) as admin:
            await conversation.enter(admin, language)
            await conversation.send_text(admin, "/image яблоко")
            job = await conversation.job(admin)
            await conversation.jobs.move(job, ACTIVE, Status.FAILED, due=None, failure=failure)
            text = (await conversation.send_text(admin, "/status"))["text"]
        assert localized(russian, english) in text
        assert "Ольга" not in text
        assert localized("дминистратор", "dministrator") not in text

    @pytest.mark.slow
    async def test_internal_error_for_an_admin_points_to_the_log(
        self, conversation: Conversation, language: str, localized: Localized
    ) -> None:
        """The log has the number."""
        async with User(str(conversation.telegram.base_url), ADMIN) as admin:
            await conversation.enter(admin, language)
            await conversation.send_text(admin, localized("🖼 Изображение", "🖼 Image"))
            data = f"darkroom:fsm:{admin.id}:{admin.id}:data"
            await conversation.dispatcher["redis"].set(data, '{"work": "яблоко"}')
            text = (await conversation.send_text(admin, "яблоко"))["text"]
        assert localized("в журнале бота", "in the bot’s log") in text
        assert localized("дминистратор", "dministrator") not in text

    async def test_damaged_job_for_an_admin_names_the_command(
        self, conversation: Conversation, language: str, localized: Localized
    ) -> None:
        """The command lists all such jobs."""
        async with User(str(conversation.telegram.base_url), ADMIN) as admin:
            await conversation.enter(admin, language)
            await conversation.send_text(admin, "/image яблоко")
            torn = await conversation.job(admin)
            await conversation.dispatcher["redis"].hset(f"darkroom:job:{torn.id}", "status", "?")
            text = (await conversation.send_text(admin, f"/status {torn.id}"))["text"]
        assert f"{localized('Запись задания', 'The record of job')} {torn.id}" in text
        assert "darkroom dead-letters list" in text


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset({1001, 1002}))

    async def test_admin_sees_every_job_without_buttons(
        self, conversation: Conversation, anya: User
    ) -> None:
        """In the admin's own language."""
        await conversation.send_text(anya, "/image красное яблоко")
        job = await conversation.job(anya)
        moved = await conversation.jobs.move(
            job, {Status.CREATED}, Status.FAILED, due=None, failure="busy"
        )
        assert moved
        async with User(str(conversation.telegram.base_url), 1002) as admin:
            answer = await conversation.send_text(admin, f"/status {job.id}")
        assert "is too busy just now" in answer["text"]
        assert labels(answer) == []
