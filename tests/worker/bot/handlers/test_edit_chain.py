"""Chains of edits: the steps before a result, the way forward, one image of an album, and the family tree."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.delivery import Delivery
from tests.user import Message, User, words
from tests.worker.bot.conversation import ADMIN, Conversation, Localized, labels
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.callback_data import Action, OnResult, OpenStep
from worker.jobs.deletion import Deletion
from worker.jobs.family import MOST_ANCESTORS, PAGE, line_from
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.model import Job

BACK, FORWARD, TREE = "↩️", "Вперёд", "🌳"


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def edit(
    conversation: Conversation, darkroom: Darkroom, user: User, result: Message, text: str
) -> tuple[Job, Message]:
    """Edit a result by a reply to it; return the job, which is done, and its message."""
    await conversation.send_text(user, text, reply_to=result["message_id"])
    return await darkroom.finish(await conversation.job(user), user)


async def chain(
    conversation: Conversation, darkroom: Darkroom, user: User, edits: Sequence[str]
) -> list[tuple[Job, Message]]:
    made = [await darkroom.make(user)]
    for text in edits:
        made.append(await edit(conversation, darkroom, user, made[-1][1], text))
    return made


async def shown(conversation: Conversation, message: Message) -> ResultRef | None:
    """Return what a reply to this message is about."""
    index = MessageIndex(conversation.dispatcher["redis"])
    return await index.find(message["chat"]["id"], message["message_id"])


async def delete(conversation: Conversation, job: Job) -> None:
    deletion: Deletion = conversation.dispatcher["deletion"]
    assert await deletion.delete(job, Delivery(conversation.bot))


@pytest.mark.slow
async def test_back_and_forward_in_one_message(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Each press shows another step in place, with its own buttons; no message is added."""
    (first, _), (second, _), (third, result) = await chain(
        conversation, darkroom, anya, ["сделай зелёным", "добавь лист"]
    )
    count = len(await anya.messages())
    for job in (second, first):
        await conversation.press(anya, result, BACK)
        result = await conversation.look(anya, result)
        assert job.request.prompt in result["caption"]
        assert await shown(conversation, result) == ResultRef(job.id, 0)
    assert BACK not in str(labels(result))
    for job in (second, third):
        await conversation.press(anya, result, FORWARD)
        result = await conversation.look(anya, result)
        assert job.request.prompt in result["caption"]
    assert FORWARD not in str(labels(result))
    assert len(await anya.messages()) == count


@pytest.mark.slow
async def test_labels_are_in_the_users_language(
    conversation: Conversation, darkroom: Darkroom, admin: User, localized: Localized
) -> None:
    """Back, forward, and the tree."""
    (_, _), (_, result) = await chain(conversation, darkroom, admin, ["green, please"])
    assert localized("↩️ Назад", "↩️ Back") in labels(result)
    await conversation.press(admin, result, BACK)
    result = await conversation.look(admin, result)
    assert labels(result)[0] == localized("Вперёд ↪️", "Forward ↪️")
    await conversation.press(admin, result, TREE)
    tree = await conversation.look(admin, result)
    assert localized("Дерево правок", "Family tree") in words(tree)
    assert localized("здесь", "here") in words(tree)
    assert admin.id == ADMIN


async def test_buttons_of_a_shown_step_act_on_it(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The way forward stays while other buttons redraw the message."""
    (first, _), (_, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
    await conversation.press(anya, result, BACK)
    result = await conversation.look(anya, result)
    await conversation.press(anya, result, "☆")
    starred = await conversation.jobs.get(first.id)
    assert starred
    assert starred.favourite
    result = await conversation.look(anya, result)
    assert labels(result)[0] == "Вперёд ↪️"
    await edit(conversation, darkroom, anya, result, "сделай синим")
    request = (await conversation.job(anya)).request
    assert (request.source, request.ancestors) == (first.id, (first.id,))


async def test_deleted_step_is_named_and_passed_over(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The one before it is shown; its children are those of the one before it, too."""
    (first, _), (second, _), (third, result) = await chain(
        conversation, darkroom, anya, ["сделай зелёным", "добавь лист"]
    )
    await delete(conversation, second)
    answer = await conversation.press(anya, result, BACK)
    assert "удалён" in answer["text"]
    result = await conversation.look(anya, result)
    assert await shown(conversation, result) == ResultRef(first.id, 0)
    await conversation.press(anya, result, TREE)
    assert "добавь лист" in words(await conversation.look(anya, result))
    await conversation.press(anya, await conversation.look(anya, result), "1")
    result = await conversation.look(anya, result)
    assert await shown(conversation, result) == ResultRef(third.id, 0)
    await conversation.press(anya, result, TREE)
    tree = words(await conversation.look(anya, result))
    assert "удалено" in tree
    assert "красное яблоко" in tree


async def test_first_step_that_is_gone_is_reported(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The result stays."""
    (first, _), (second, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
    await delete(conversation, first)
    answer = await conversation.press(anya, result, BACK)
    assert (answer["text"], answer["show_alert"]) == ("Предыдущие шаги удалены.", True)
    assert await shown(conversation, result) == ResultRef(second.id, 0)


async def test_step_that_cannot_be_shown_in_place_is_sent(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """As a reply, with its buttons; the deletion of its job removes the message."""
    (first, _), (_, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
    for _ in range(4):
        await conversation.disturb("editMessageMedia", status=400, description="Bad Request")
    await conversation.press(anya, result, BACK)
    sent = await anya.last_from_bot()
    assert sent["message_id"] != result["message_id"]
    assert await shown(conversation, sent) == ResultRef(first.id, 0)
    now = await conversation.jobs.get(first.id)
    assert now
    await delete(conversation, now)
    assert not await conversation.is_shown(anya, sent)


async def test_deleted_step_gives_way_to_the_result_of_its_message(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The message is the result's own, and does not keep showing what was deleted."""
    (first, _), (second, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
    await conversation.press(anya, result, BACK)
    await conversation.press(anya, await conversation.look(anya, result), "🗑")
    await conversation.press(anya, await conversation.look(anya, result), "🗑 Да")
    assert await conversation.jobs.get(first.id) is None
    assert await shown(conversation, result) == ResultRef(second.id, 0)
    assert "сделай зелёным" in words(await conversation.look(anya, result))


@pytest.mark.slow
async def test_way_back_and_forward_are_one_row(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Also after another button has redrawn the message."""
    made = await chain(conversation, darkroom, anya, ["сделай зелёным", "добавь лист"])
    result = made[-1][1]
    await conversation.press(anya, result, BACK)
    for star in ("☆", "⭐"):
        result = await conversation.look(anya, result)
        rows = result["reply_markup"]["inline_keyboard"]
        assert [key["text"] for key in rows[0]] == ["↩️ Назад", "Вперёд ↪️"]
        await conversation.press(anya, result, star)


@pytest.mark.slow
async def test_tree_has_pages(conversation: Conversation, darkroom: Darkroom, anya: User) -> None:
    """Of what was made from a result, newest first."""
    _, result = await darkroom.make(anya)
    for number in range(PAGE + 1):
        await edit(conversation, darkroom, anya, result, f"правка {number}")
    await conversation.press(anya, result, TREE)
    tree = await conversation.look(anya, result)
    assert f"правка {PAGE}" in words(tree)
    assert "правка 0" not in words(tree)
    await conversation.press(anya, tree, "Старше")
    tree = await conversation.look(anya, result)
    assert "правка 0" in words(tree)
    await conversation.press(anya, tree, "← Назад")
    assert "красное яблоко" in words(await conversation.look(anya, result))


async def test_deep_chain_is_bounded(conversation: Conversation, anya: User) -> None:
    """A job remembers the first job of its chain and the nearest ones."""
    await conversation.send_text(anya, "/image красное яблоко")
    job = await conversation.job(anya)
    first = job.id
    for number in range(MOST_ANCESTORS + 5):
        line = line_from(job)
        request = job.request.model_copy(update={"source": job.id, "ancestors": line})
        job = job.model_copy(update={"id": f"{number:016}", "request": request})
    assert len(job.request.line) == MOST_ANCESTORS
    assert (job.request.line[0], job.request.line[-1]) == (first, f"{MOST_ANCESTORS + 3:016}")


class TestAlbum:
    async def test_number_opens_an_image_in_place(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The message with the buttons shows it, and they act on it, without a question."""
        album, buttons = await darkroom.make(anya, count=4)
        assert labels(buttons)[:4] == ["1", "2", "3", "4"]
        count = len(await anya.messages())
        await conversation.press(anya, buttons, "2")
        opened = await conversation.look(anya, buttons)
        assert labels(opened)[:4] == ["1", "✓ 2", "3", "4"]
        assert opened["photo"]
        assert len(await anya.messages()) == count
        await conversation.press(anya, opened, "✨")
        request = (await conversation.job(anya)).request
        assert request.pictures == (album.files[1].as_start,)
        assert (request.source, request.source_file) == (album.id, 1)

    @pytest.mark.slow
    async def test_reply_to_the_opened_image_means_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """And «Назад» under the edit shows it, not the first image of the album."""
        album, buttons = await darkroom.make(anya, count=3)
        await conversation.press(anya, buttons, "3")
        job, result = await edit(conversation, darkroom, anya, buttons, "сделай зелёным")
        assert job.request.pictures == (album.files[2].as_start,)
        await conversation.press(anya, result, BACK)
        assert await shown(conversation, result) == ResultRef(album.id, 2)
        assert "✓ 3" in labels(await conversation.look(anya, result))

    async def test_other_number_is_opened_next(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A press on the one that is open changes nothing."""
        album, buttons = await darkroom.make(anya, count=3)
        for number in ("2", "3", "3"):
            await conversation.press(anya, await conversation.look(anya, buttons), number)
        assert await shown(conversation, buttons) == ResultRef(album.id, 2)

    @pytest.mark.slow
    @pytest.mark.parametrize("number", [3, 99, -1, None])
    async def test_forged_number_is_refused(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, number: int | None
    ) -> None:
        """An album has no image of that number."""
        album, buttons = await darkroom.make(anya, count=3)
        forged: dict[str, Any] = {"owner": anya.id, "job_id": album.id, "picture": number}
        data = OnResult.model_construct(**forged, action=Action.OPEN)
        answer = await press(conversation, anya, buttons, data.pack())
        assert "устарела" in answer["text"]
        step = OpenStep.model_construct(**forged | {"picture": -1 if number is None else number})
        answer = await press(conversation, anya, buttons, step.pack())
        assert "устарела" in answer["text"]
        assert await shown(conversation, buttons) == ResultRef(album.id)


async def test_history_shows_the_step_before_and_leads_back_to_its_page(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """The message of /my stays one."""
    (first, _), _ = await chain(conversation, darkroom, anya, ["сделай зелёным"])
    page = await conversation.send_text(anya, "/my")
    await conversation.press(anya, page, "1")
    await conversation.press(anya, await conversation.look(anya, page), BACK)
    now = await conversation.look(anya, page)
    assert await shown(conversation, now) == ResultRef(first.id, 0)
    assert labels(now)[-1] == "← К списку"


class TestFirstImage:
    @pytest.mark.slow
    async def test_edit_with_the_first_image_sends_both(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """The last result first; the card says that there are two."""
        (first, _), _, (third, result) = await chain(
            conversation, darkroom, admin, ["green, please", "a leaf, please"]
        )
        await conversation.press(admin, result, "🧷")
        card = await admin.last_from_bot()
        assert localized("Изображений: 2", "Images: 2") in words(card)
        await conversation.send_text(admin, "a sharper leaf")
        request = (await conversation.job(admin)).request
        assert request.pictures == (third.files[0].as_start, first.files[0].as_start)
        assert (request.source, request.ancestors[0]) == (third.id, first.id)

    async def test_reply_edits_the_last_image_only(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The first image would bring back what was changed."""
        made = await chain(conversation, darkroom, anya, ["сделай зелёным", "добавь лист"])
        request = made[-1][0].request
        assert request.pictures == (made[-2][0].files[0].as_start,)

    async def test_first_image_that_is_gone_is_reported(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """No card opens."""
        (first, _), (_, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
        await delete(conversation, first)
        answer = await conversation.press(anya, result, "🧷")
        assert "больше нет" in answer["text"]

    async def test_text_to_image_has_no_first_image(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """It is the first one itself."""
        _, result = await darkroom.make(anya)
        await conversation.press(anya, result, "⋯")
        assert "🧷" not in str(labels(await conversation.look(anya, result)))


class TestModelOfOneImage:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_image_edit_model="fal-ai/flux-pro/kontext")

    async def test_first_image_is_refused(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """With the way to choose another model."""
        _, (_, result) = await chain(conversation, darkroom, anya, ["сделай зелёным"])
        answer = await conversation.press(anya, result, "🧷")
        assert "/settings" in answer["text"]
