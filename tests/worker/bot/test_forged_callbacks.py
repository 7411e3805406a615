"""Forged callback data: the job itself says who owns it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.handlers.test_repeat import fail
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_groups import Group
from worker.bot.admin_callback_data import Administer, RunCommand
from worker.bot.callback_data import FOR_ADMINS, Action
from worker.model import Job, Status


def forged(owner: int, job_id: str, action: str = "again") -> str:
    return f"on|{owner}|{job_id}|{action}||"


async def press(
    conversation: Conversation, user: User, message: Message, data: str
) -> Mapping[str, Any]:
    """Press a button with this data; return the bot's only answer."""
    before = len(await conversation.calls("answerCallbackQuery"))
    language = (await user.messages())[0]["from"].get("language_code", "en")
    sender = {
        "id": user.id,
        "is_bot": False,
        "first_name": "Somebody",
        "language_code": language,
    }
    query = {
        "id": f"forged-{data}",
        "from": sender,
        "message": message,
        "chat_instance": "1",
        "data": data,
    }
    sent = await conversation.telegram.post("/updates", json={"callback_query": query})
    sent.raise_for_status()
    await conversation.catch_up()
    (answer,) = (await conversation.calls("answerCallbackQuery"))[before:]
    return answer


async def shown_to(user: User) -> str:
    return "\n".join(words(message) for message in await user.from_bot())


@pytest.mark.slow
async def test_forged_job_id_looks_unknown(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Another user's job is neither repeated nor shown, nor does the answer say that it exists."""
    theirs, _ = await fail(conversation, anya, "busy")
    card = await conversation.send_text(ben, "/help")
    gone = theirs.id[:-1] + ("0" if theirs.id[-1] != "0" else "1")
    presses = [(action, theirs.id) for action in Action]
    presses += [(Action.AGAIN, odd) for odd in (gone, theirs.id.upper(), "../../etc", "*")]
    answers = [
        (await press(conversation, ben, card, forged(ben.id, job_id, action)))["text"]
        for action, job_id in presses
    ]
    assert len(set(answers)) == 1
    assert await conversation.job_count(ben) == 0
    assert await conversation.job_count(anya) == 1
    assert "красное яблоко" not in await shown_to(ben)


@pytest.mark.slow
async def test_forged_owner_is_refused(conversation: Conversation, anya: User, ben: User) -> None:
    """Data that names the author, pressed by another user."""
    theirs, _ = await fail(conversation, anya, "busy")
    card = await conversation.send_text(ben, "/help")
    for action in Action:
        answer = await press(conversation, ben, card, forged(anya.id, theirs.id, action))
        assert "somebody else" in answer["text"]
    assert await conversation.job_count(anya) == 1


async def test_forged_press_in_a_group_does_not_use_the_authors_button(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Ben's own job, started from the button of Anya's card, leaves her button usable."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "/image@darkroom_bot красное яблоко")
    (card,) = await group.from_bot(anya)
    hers = await failed_in(conversation, anya)
    his, _ = await fail(conversation, ben, "busy")
    await press(conversation, ben, card, forged(ben.id, hers.id))
    assert (await conversation.job_count(ben), await conversation.job_count(anya)) == (1, 1)
    await press(conversation, ben, card, forged(ben.id, his.id))
    await press(conversation, anya, card, forged(anya.id, hers.id))
    assert (await conversation.job_count(ben), await conversation.job_count(anya)) == (2, 2)


async def failed_in(conversation: Conversation, user: User) -> Job:
    job = await conversation.job(user)
    await conversation.jobs.move(job, {job.status}, Status.FAILED, due=None, failure="busy")
    return job


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset(range(1001, 9999)))

    @pytest.mark.slow
    async def test_admin_cannot_act_as_the_author(
        self, conversation: Conversation, anya: User, ben: User
    ) -> None:
        """Only the author orders at the author's expense."""
        theirs, _ = await fail(conversation, anya, "busy")
        card = await conversation.send_text(ben, f"/status {theirs.id}")
        assert "красное яблоко" in words(card)
        for action in set(Action) - FOR_ADMINS:
            answer = await press(conversation, ben, card, forged(ben.id, theirs.id, action))
            assert "This job is gone" in answer["text"]
        assert await conversation.job_count(anya) == 1
        assert await conversation.job_count(ben) == 0


async def test_missing_result_has_no_original(conversation: Conversation, anya: User) -> None:
    """A forged request for it raises no error."""
    failed, card = await fail(conversation, anya, "busy")
    answer = await press(conversation, anya, card, forged(anya.id, failed.id, Action.ORIGINAL))
    assert "устарела" in answer["text"]
    assert "сломал" not in await shown_to(anya)


@pytest.mark.slow
@pytest.mark.parametrize("number", ["7", "-1", "9" * 24, "0.5"])
async def test_forged_number_of_an_image_raises_no_error(
    *, conversation: Conversation, anya: User, files: Storage, tmp_path: Path, number: str
) -> None:
    """Neither one beyond the files of the job, nor one with more digits than other buttons have room for."""
    job, shown = await Darkroom(conversation, files, tmp_path).make(anya)
    about = f"{anya.id}|{job.id}"
    forgeries = [f"on|{about}|{action}|{number}|" for action in Action if action != Action.DELETE]
    forgeries += [f"on|{about}|upscale|0|{number}", f"crop|{about}|{number}|1:1"]
    forgeries += [f"step|{about}|{number}|", f"next|{about}|{number}"]
    for data in (each for each in forgeries if len(each) <= 64):
        answer = await press(conversation, anya, shown, data)
        assert "сломал" not in f"{answer}{await shown_to(anya)}", data
    assert await conversation.jobs.get(job.id)


@pytest.mark.parametrize(
    "data", ["", "|", "on", "on|", "on|1|", "on||x", "set|1|a|b|c", "\0", "я" * 60]
)
async def test_malformed_data_is_answered(
    conversation: Conversation, anya: User, data: str
) -> None:
    """Too short, too long, too many parts: nothing happens, and the app does not wait."""
    card = await conversation.send_text(anya, "/help")
    answer = await press(conversation, anya, card, data.replace("1", str(anya.id)))
    assert answer["text"]
    assert await conversation.job_count(anya) == 0


@pytest.mark.parametrize(
    "data",
    [
        *(f"cmd|1|set|team_daily_budget={value}" for value in ("inf", "nan", "-1", "1e9", "")),
        "cmd|1|set|fal_slots=2.5",
        "cmd|1|set|nothing=1",
        "cmd|1|allow|x",
        f"cmd|1|forbid|{'9' * 20}",
        "cmd|1|guest|x",
        "cmd|1|admin|2",
        "adm|1|limit|nothing",
        "adm|1|person|",
        "adm|1|people|-1",
    ],
)
def test_admins_forged_press_does_nothing(data: str) -> None:
    """No limit becomes infinite or NaN, and no invalid id is looked up."""
    kind = RunCommand if data.startswith("cmd") else Administer
    with pytest.raises(ValueError, match=r"."):
        kind.unpack(data)
