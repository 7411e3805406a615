"""Results in a group: everybody sees the buttons, only the author uses them, and admins may delete."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.results import Darkroom
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


async def test_colleagues_press_says_how_to_order(conversation: Conversation, scene: Scene) -> None:
    """For every button, in the colleague's language."""
    for label in ("🔁", "🎬", "☆", "⋯"):
        answer = await conversation.press(scene.ben, scene.result, label)
        assert "somebody else’s result" in answer["text"]
        assert answer["show_alert"]
    assert await conversation.job_count(scene.ben) == 0
    assert labels(await conversation.look(scene.anya, scene.result)) == labels(scene.result)


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
        await conversation.press(scene.ben, asked, "🗑 Yes")
        assert await conversation.jobs.get(scene.job.id) is None

    async def test_admin_cannot_order_for_another_user(
        self, conversation: Conversation, scene: Scene
    ) -> None:
        """Only the author orders at the author's expense."""
        answer = await conversation.press(scene.ben, scene.result, "🔁")
        assert "somebody else’s result" in answer["text"]
        assert await conversation.job_count(scene.ben) == 0
