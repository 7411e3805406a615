"""Inline queries over the real dispatcher: a user's own results from any chat, and the button that shares one."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.storage.store import Storage
from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation, Localized, labels
from tests.worker.bot.results import Darkroom
from worker.bot.services import result_search
from worker.bot.services.result_search import MOST_FOUND, ResultSearch
from worker.jobs.store import JobStore
from worker.model import File, Job, Kind, Request, SetPlace, SetPurpose, Status
from worker.queues.inbox import Inbox, inline_inbox


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def ask(
    conversation: Conversation, user: User, query: str, offset: str = ""
) -> tuple[list[str], Mapping[str, Any]]:
    """Type a query; return the ids of the results, and the whole answer."""
    asked = await user.ask_inline(query, offset)
    await conversation.catch_up()
    answer = await user.wait_for_results(asked)
    return [each["id"] for each in answer["results"]], answer


async def make(
    conversation: Conversation, darkroom: Darkroom, user: User, prompt: str, count: int = 1
) -> Job:
    """Finish a job whose files Telegram has."""
    job, _ = await darkroom.make(user, count, f"/image {prompt}")
    sent = [message for message in await user.from_bot() if "photo" in message][-count:]
    files = [
        file.model_copy(update={"file_id": message["photo"][-1]["file_id"]})
        for file, message in zip(job.files, sent, strict=True)
    ]
    await conversation.jobs.update_fields(job.id, files=files)
    return job


@pytest.mark.slow
async def test_words_find_own_results(
    conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
) -> None:
    """By all words in any order and case, newest first, from any chat; nobody finds those of others."""
    fox = await make(conversation, darkroom, anya, "рыжая Лиса в лесу", count=2)
    hedgehog = await make(conversation, darkroom, anya, "Ёжик в лесу")
    await make(conversation, darkroom, ben, "лиса в лесу")
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Студия", [anya]))
    found, _ = await ask(conversation, group, "ЛЕСУ лис")
    assert found == [f"{fox.id}-0", f"{fox.id}-1"]
    assert (await ask(conversation, anya, "ежик"))[0] == [f"{hedgehog.id}-0"]
    newest_first = [f"{hedgehog.id}-0", f"{fox.id}-0", f"{fox.id}-1"]
    found, answer = await ask(conversation, anya, "")
    assert found == newest_first
    assert answer["button"] is None
    (call,) = (await conversation.calls("answerInlineQuery"))[-1:]
    assert call["is_personal"]
    assert int(call["cache_time"]) <= 10


async def test_result_is_sent_without_the_prompt(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Others read it: no caption with the price and the prompt."""
    job = await make(conversation, darkroom, anya, "лиса")
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Студия", [anya]))
    asked = await group.ask_inline(job.id)
    await conversation.catch_up()
    await group.wait_for_results(asked)
    sent = await group.choose_inline(asked, f"{job.id}-0")
    assert "photo" in sent
    assert "caption" not in sent
    before = len(await group.messages())
    await conversation.catch_up()
    assert len(await group.messages()) == before


async def test_shared_result_orders_nothing(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The bot reads messages via itself, in its own chat and in groups; none of them is an upload."""
    await make(conversation, darkroom, anya, "лиса")
    group = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Студия", [anya]))
    for chat in (anya, group):
        asked = await chat.ask_inline("лиса")
        await conversation.catch_up()
        (found,) = (await chat.wait_for_results(asked))["results"]
        sent = await chat.choose_inline(asked, found["id"])
        await conversation.catch_up()
        assert (await chat.messages())[-1]["message_id"] == sent["message_id"]


async def test_nothing_found_leads_to_the_bot(
    conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
) -> None:
    """In the user's language, with other words while there are no results at all."""
    found, answer = await ask(conversation, ben, "")
    assert found == []
    assert answer["button"] == {
        "text": "Nothing yet. Make the first one",
        "start_parameter": "inline",
    }
    await make(conversation, darkroom, anya, "лиса")
    found, answer = await ask(conversation, anya, "медведь")
    assert found == []
    assert answer["button"]["text"] == "Ничего не нашлось. Открыть бота"


@pytest.mark.slow
async def test_deleted_and_hidden_results_are_not_found(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Also by their id: of a comparison before its models are known, and of a deleted job."""
    job = await make(conversation, darkroom, anya, "лиса")
    place = SetPlace(id=job.id, place=0, size=2, purpose=SetPurpose.COMPARE)
    request = job.request.model_copy(update={"job_set": place})
    await conversation.jobs.update_fields(job.id, request=request)
    for query in ("", "лиса", job.id):
        assert (await ask(conversation, anya, query))[0] == []
    await conversation.jobs.update_fields(job.id, revealed=True)
    assert (await ask(conversation, anya, "лиса"))[0] == [f"{job.id}-0"]
    now = await conversation.jobs.get(job.id)
    assert now
    await conversation.jobs.delete(now)
    for query in ("", "лиса", job.id):
        assert (await ask(conversation, anya, query))[0] == []


@pytest.mark.slow
async def test_other_users_id_finds_nothing(
    conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
) -> None:
    """An id is no key."""
    job = await make(conversation, darkroom, anya, "лиса")
    assert (await ask(conversation, ben, job.id))[0] == []
    assert (await ask(conversation, anya, f"{job.id} 2"))[0] == []
    assert (await ask(conversation, anya, f"{job.id} 1"))[0] == [f"{job.id}-0"]


@pytest.mark.slow
async def test_odd_queries_are_answered(
    conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
) -> None:
    """Signs of every kind in the query, and offsets that no answer of ours contains: the user's own results or none."""
    fox = await make(conversation, darkroom, anya, "лиса 🦊 <b>&")
    theirs = await make(conversation, darkroom, ben, "лиса 🦊 <b>&")
    for query in ("🦊", "<b>", "&", "  ЛИСА\u00a0"):
        assert (await ask(conversation, anya, query))[0] == [f"{fox.id}-0"], query
    for query in ("%", "*", "\u200d", "я" * 256, f"{fox.id} 0", f"{fox.id} ²", f"{fox.id} -1"):
        assert (await ask(conversation, anya, query))[0] == [], query
    for offset in ("-", "../..", "9" * 64, "я" * 32, theirs.id, f"{fox.id}-0"):
        found, _ = await ask(conversation, anya, "лиса", offset)
        assert set(found) <= {f"{fox.id}-0"}, offset
    sent = await conversation.calls("sendMessage")
    failed = [each for each in sent if each["chat_id"] == str(anya.id) and "сломал" in each["text"]]
    assert not failed


async def test_superseded_query_is_not_answered(
    conversation: Conversation, redis: ArqRedis, anya: User
) -> None:
    """The user has typed on: only the last query is answered."""
    inbox, chat = Inbox(redis), inline_inbox(anya.id)
    await anya.ask_inline("л")
    (update,) = await conversation.updates()
    for number in (1, 2):
        await inbox.enqueue(number, chat, b"{}")
    calls = len(await conversation.calls("answerInlineQuery"))
    await conversation.handle(update)
    assert len(await conversation.calls("answerInlineQuery")) == calls


async def test_late_answer_is_no_error(conversation: Conversation, anya: User) -> None:
    """Telegram has dropped the query: nothing is retried, and the user gets no error message."""
    await anya.ask_inline("лиса")
    (update,) = await conversation.updates()
    update["inline_query"]["id"] = "1"
    sent = len(await anya.from_bot())
    await conversation.handle(update)
    assert len(await anya.from_bot()) == sent


async def test_unknown_file_id_does_not_leave_the_user_waiting(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Telegram refuses the whole answer: the user gets one without results."""
    job = await make(conversation, darkroom, anya, "лиса")
    now = await conversation.jobs.get(job.id)
    assert now
    files = [file.model_copy(update={"file_id": "of a former bot"}) for file in now.files]
    await conversation.jobs.update_fields(job.id, files=files)
    found, answer = await ask(conversation, anya, "лиса")
    assert found == []
    assert answer["button"]


@pytest.mark.slow
async def test_share_button_finds_exactly_this_result(
    conversation: Conversation, darkroom: Darkroom, localized: Localized, admin: User
) -> None:
    """Behind «⋯ Ещё», with chats of all kinds; gone again with the other rare actions."""
    job, message = await darkroom.make(admin)
    await conversation.jobs.update_fields(
        job.id,
        files=[job.files[0].model_copy(update={"file_id": message["photo"][-1]["file_id"]})],
    )
    await conversation.press(admin, message, localized("⋯ Ещё", "⋯ More"))
    shown = await conversation.look(admin, message)
    button = share_button(shown)
    assert button["text"] == localized("📤 Поделиться", "📤 Share")
    chats = button["switch_inline_query_chosen_chat"]
    assert chats["allow_user_chats"]
    assert chats["allow_group_chats"]
    assert chats["allow_channel_chats"]
    found, _ = await ask(conversation, admin, chats["query"])
    assert found == [f"{job.id}-0"]
    await conversation.press(admin, shown, "← ")
    back = await conversation.look(admin, message)
    assert localized("📤 Поделиться", "📤 Share") not in labels(back)


async def test_bot_without_inline_mode_offers_no_sharing(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Telegram would refuse the whole keyboard; /help does not name what is missing."""
    job, message = await darkroom.make(anya)
    await conversation.jobs.update_fields(
        job.id,
        files=[job.files[0].model_copy(update={"file_id": message["photo"][-1]["file_id"]})],
    )
    await conversation.telegram.put("/bot/inline", json={"on": False})
    known, conversation.bot._me = conversation.bot._me, None  # noqa: SLF001 - as after a restart
    try:
        await conversation.press(anya, message, "⋯ Ещё")
        assert "📤 Поделиться" not in labels(await conversation.look(anya, message))
        assert "@darkroom_bot" not in (await conversation.send_text(anya, "/help"))["text"]
    finally:
        await conversation.telegram.put("/bot/inline", json={"on": True})
        conversation.bot._me = known  # noqa: SLF001


class TestSearch:
    """The search over a real Valkey, without Telegram."""

    async def test_pages_have_all_results_once(self, conversation: Conversation) -> None:
        """Fifty at most a page, the files of a job together, until the end."""
        made = [await stored(conversation.jobs, f"лиса {number}", files=3) for number in range(40)]
        search, seen, cursor = ResultSearch(conversation.jobs), [], ""
        while True:
            page = await search.find(7, "лиса", cursor)
            assert len(page.results) <= MOST_FOUND
            seen += [(each.job.id, each.number) for each in page.results]
            if page.cursor is None:
                break
            cursor = page.cursor
        assert seen == [(job.id, number) for job in reversed(made) for number in range(3)]

    async def test_search_is_bounded_in_time(
        self, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it has found is answered, and the next page goes on from there."""
        monkeypatch.setattr(result_search, "_AT_LATEST", 0)
        monkeypatch.setattr(result_search, "_PAGE", 5)
        first = await stored(conversation.jobs, "первая лиса")
        for number in range(11):
            await stored(conversation.jobs, f"лиса {number}")
        search = ResultSearch(conversation.jobs)
        page = await search.find(7, "первая")
        assert page.results == []
        for _ in range(2):
            assert page.cursor
            page = await search.find(7, "первая", page.cursor)
        assert first.id in [each.job.id for each in page.results]
        monkeypatch.undo()
        monkeypatch.setattr(result_search, "_SOON", 0)
        monkeypatch.setattr(result_search, "_PAGE", 5)
        page = await search.find(7, "первая")
        assert [each.job.id for each in page.results] == [first.id]

    @pytest.mark.slow
    async def test_hundreds_of_jobs_are_searched_in_time(self, conversation: Conversation) -> None:
        """A forged offset begins at the newest."""
        for number in range(300):
            await stored(conversation.jobs, f"лиса {number}")
        begun = time.monotonic()
        page = await ResultSearch(conversation.jobs).find(7, "нет такой", "forged")
        assert time.monotonic() - begun < 2
        assert page.results == []


async def stored(jobs: JobStore, prompt: str, files: int = 1) -> Job:
    """Store a job that is done."""
    request = Request(
        kind=Kind.IMAGE,
        user_id=7,
        chat_id=7,
        message_id=1,
        language="ru",
        prompt=prompt,
        model="fal-ai/flux/schnell",
    )
    job = await jobs.create(request, prompt)
    made = [
        File(
            key=f"{number}.png",
            content_type="image/png",
            size=1,
            width=1,
            height=1,
            file_id=f"{job.id}{number}",
        )
        for number in range(files)
    ]
    await jobs.move(job, None, Status.DONE, due=None, files=made)
    now = await jobs.get(job.id)
    assert now
    return now


def share_button(message: Message) -> Mapping[str, Any]:
    buttons = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
    found: Mapping[str, Any] = next(
        key for key in buttons if "switch_inline_query_chosen_chat" in key
    )
    return found
