"""Results in a group: everybody may go on from them, only the author deletes, and admins may."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User, create_group, words
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.callback_data import (
    FOR_GROUPS,
    Action,
    Branch,
    OnResult,
    OpenStep,
    Owned,
    PickResult,
)
from worker.model import Job


@dataclass
class Scene:
    """Anya's result in a topic of the group, with Ben beside her."""

    anya: User
    ben: User
    thread_id: int
    job: Job
    result: Message


@pytest.fixture
async def scene(
    conversation: Conversation, files: Storage, tmp_path: Path, anya: User, ben: User
) -> Scene:
    base_url = str(conversation.telegram.base_url)
    forum = await create_group(base_url, "Студия", [anya, ben], forum=True)
    thread_id = await anya.in_chat(forum).create_topic("Обложки")
    here = anya.in_chat(forum, thread_id)
    darkroom = Darkroom(conversation, files, tmp_path)
    job, result = await darkroom.make(here, order="/image@darkroom_bot красное яблоко")
    return Scene(here, ben.in_chat(forum, thread_id), thread_id, job, result)


@pytest.mark.parametrize("label", ["☆", "🗑"])
async def test_colleagues_press_says_how_to_order(
    conversation: Conversation, scene: Scene, label: str
) -> None:
    """Favourites and deletion are the author's, in the colleague's language."""
    answer = await conversation.press(scene.ben, scene.result, label)
    assert "somebody else’s result" in answer["text"]
    assert answer["show_alert"]
    assert await conversation.jobs.get(scene.job.id)


async def test_colleague_goes_on_at_their_own_expense(
    conversation: Conversation, scene: Scene
) -> None:
    """The job is the colleague's, in the same topic, and replies to the result."""
    await conversation.press(scene.ben, scene.result, "🔁")
    job = await conversation.job(scene.ben)
    request = job.request
    assert (request.user_id, request.language) == (scene.ben.id, "en")
    assert (request.chat_id, request.thread_id) == (scene.ben.chat_id, scene.thread_id)
    assert request.message_id == scene.result["message_id"]
    assert request.prompt == scene.job.request.prompt
    assert (await conversation.job(scene.anya)).id == scene.job.id
    assert await conversation.jobs.get(scene.job.id)
    ledger = conversation.dispatcher["ledger"]
    assert await ledger.in_flight(scene.ben.id) == [job.id]


async def test_colleague_varies_an_image_and_it_descends_from_it(
    conversation: Conversation, scene: Scene
) -> None:
    """The variation knows the result that it was made from."""
    await conversation.press(scene.ben, scene.result, "✨")
    request = (await conversation.job(scene.ben)).request
    assert (request.source, request.source_file) == (scene.job.id, 0)
    assert request.ancestors == (scene.job.id,)


@pytest.mark.slow
async def test_card_opened_by_a_colleague_is_theirs(
    conversation: Conversation, scene: Scene
) -> None:
    """Only the colleague sees it, and only their words are an answer to it."""
    await conversation.press(scene.ben, scene.result, "🎬")
    card = await scene.ben.last_from_bot()
    assert not await conversation.is_shown(scene.anya, card)
    await conversation.send_text(scene.ben, "the apple rolls", reply_to=card["message_id"])
    assert (await conversation.job(scene.ben)).request.prompt == "the apple rolls"
    assert await conversation.job_count(scene.anya) == 1


@pytest.mark.slow
async def test_forged_press_does_not_reach_a_job_of_another_chat(
    conversation: Conversation, scene: Scene, files: Storage, tmp_path: Path
) -> None:
    """A result of the author's private chat is not this group's, whatever the data of a button says."""
    async with User(str(conversation.telegram.base_url), scene.anya.id) as anya:
        darkroom = Darkroom(conversation, files, tmp_path)
        private, _ = await darkroom.make(anya, order="/image тайное яблоко")
    forged: list[Owned] = []
    for owner in (scene.anya.id, scene.ben.id):
        about: dict[str, Any] = {"owner": owner, "job_id": private.id}
        forged += [OnResult(action=action, picture=0, **about) for action in sorted(FOR_GROUPS)]
        forged += [OpenStep(**about), Branch(**about), PickResult(**about)]
    for data in forged:
        answer = await press(conversation, scene.ben, scene.result, data.pack())
        assert "больше нет" in answer["text"]
    assert await conversation.job_count(scene.ben) == 0
    assert "тайное" not in str(await scene.ben.messages())


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_step_of_the_authors_private_chat_stays_there(
    *,
    conversation: Conversation,
    scene: Scene,
    files: Storage,
    tmp_path: Path,
    language: str,
) -> None:
    """A colleague gets neither the image nor its words; the author may show them."""
    await conversation.enter(scene.ben, language)
    async with User(str(conversation.telegram.base_url), scene.anya.id) as anya:
        private, _ = await Darkroom(conversation, files, tmp_path).make(
            anya, order="/image тайное яблоко"
        )
    about = {"source": private.id, "source_file": 0, "ancestors": (private.id,)}
    request = scene.job.request.model_copy(update=about)
    await conversation.jobs.update_fields(scene.job.id, request=request.model_dump())
    data = OnResult(owner=scene.anya.id, job_id=scene.job.id, action=Action.PREVIOUS)
    answer = await press(conversation, scene.ben, scene.result, data.pack())
    assert {"ru": "в другом чате", "en": "another chat"}[language] in answer["text"]
    tree = data.model_copy(update={"action": Action.TREE})
    await press(conversation, scene.ben, scene.result, tree.pack())
    shown = words(await conversation.look(scene.ben, scene.result))
    assert "из другого чата" in shown
    assert "тайное" not in str(await scene.ben.messages())
    await press(conversation, scene.anya, scene.result, data.pack())
    assert "тайное" in words(await conversation.look(scene.anya, scene.result))


async def test_authors_next_job_is_in_the_same_topic(
    conversation: Conversation, scene: Scene
) -> None:
    await conversation.press(scene.anya, scene.result, "🔁")
    job = await conversation.job(scene.anya)
    assert job.id != scene.job.id
    assert (job.request.chat_id, job.request.thread_id) == (scene.anya.chat_id, scene.thread_id)
    assert job.id in (await scene.anya.last_from_bot())["text"]


async def test_video_prompt_is_a_reply_to_the_card(
    conversation: Conversation, scene: Scene
) -> None:
    """The card replies to the image; messages to colleagues are no prompt."""
    await conversation.press(scene.anya, scene.result, "🎬")
    card = await scene.anya.last_from_bot()
    assert card["reply_to_message"]["message_id"] == scene.result["message_id"]
    await conversation.send_text(scene.anya, "смотрите, сейчас оживёт")
    assert (await conversation.job(scene.anya)).id == scene.job.id
    await conversation.send_text(scene.anya, "яблоко катится", reply_to=card["message_id"])
    assert (await conversation.job(scene.anya)).request.prompt == "яблоко катится"


class TestAnAdmin:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, tg_admin_user_ids=frozenset(range(1001, 9999)))

    async def test_admin_may_delete_another_users_result(
        self, conversation: Conversation, scene: Scene
    ) -> None:
        """After the same confirmation."""
        await conversation.press(scene.ben, scene.result, "🗑")
        asked = await conversation.look(scene.ben, scene.result)
        await conversation.press(scene.ben, asked, "🗑 Да")
        assert await conversation.jobs.get(scene.job.id) is None

    async def test_admin_orders_at_their_own_expense(
        self, conversation: Conversation, scene: Scene
    ) -> None:
        """Only the author orders at the author's expense."""
        await conversation.press(scene.ben, scene.result, "🔁")
        assert (await conversation.job(scene.ben)).request.user_id == scene.ben.id
        assert await conversation.job_count(scene.anya) == 1
