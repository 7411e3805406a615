"""Words that the bot did not ask for."""

from pathlib import Path

import pytest

from infra.storage.store import Storage
from tests.user import User, create_group, words
from tests.worker.bot.conversation import Conversation, Localized, forward, labels
from tests.worker.bot.handlers.test_answering import EDIT, filmed
from tests.worker.bot.results import Darkroom
from worker.model import Kind, Status

AT_ONCE = ("изменить последнюю", "change the last one")


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def decide(conversation: Conversation, user: User, localized: Localized, value: str) -> None:
    """Choose in /settings what happens with plain text."""
    card = await conversation.send_text(user, "/settings")
    await conversation.press(user, card, localized("💬 Обычный текст: ", "💬 Plain text: "))
    await conversation.press(user, await conversation.look(user, card), value)
    shown = labels(await conversation.look(user, card))
    assert any(label.endswith(f": {value}") for label in shown)


class TestOffer:
    async def test_words_after_a_result_offer_to_change_it_first(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """The edit of the last image, with its price, before something new; a line says which image is meant."""
        done, _ = await darkroom.make(admin, order="/image красное яблоко на столе")
        offer = await conversation.send_text(admin, "сделай фон синим")
        edit = localized("✏️ Изменить последнюю · $0,039", "✏️ Change the last one · $0.039")
        image = localized("🖼 Новое изображение · $0,003", "🖼 New image · $0.003")
        video = localized("🎬 Видео · $0,21", "🎬 Video · $0.21")
        assert labels(offer) == [edit, image, video]
        last = localized("Последнее изображение", "The last image")
        assert words(offer).endswith(f"{last}: красное яблоко на столе")
        await conversation.press(admin, offer, edit)
        request = (await conversation.job(admin)).request
        assert (request.prompt, request.model) == ("сделай фон синим", EDIT)
        assert (request.pictures, request.source) == ((done.files[0].as_start,), done.id)
        assert not request.undoable

    async def test_offer_becomes_the_card_of_the_job(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """One message of the bot for one message of the user and one press."""
        await darkroom.make(anya)
        before = len(await anya.from_bot())
        offer = await conversation.send_text(anya, "сделай фон синим")
        await conversation.press(anya, offer, "✏️")
        assert len(await anya.from_bot()) == before + 1
        job = await conversation.job(anya)
        assert job.progress_message_id == offer["message_id"]
        assert labels(await conversation.look(anya, offer)) == ["✖️ Отменить"]

    async def test_offer_becomes_the_card_that_asks_further(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Words that are only options open the settings in the same message."""
        offer = await conversation.send_text(anya, "--size 9:16")
        before = len(await anya.from_bot())
        await conversation.press(anya, offer, "🖼")
        assert len(await anya.from_bot()) == before
        assert "Опишите, что нарисовать" in words(await conversation.look(anya, offer))
        await conversation.send_text(anya, "красное яблоко")
        assert (await conversation.job(anya)).request.options["size"] == "9:16"

    async def test_last_choice_is_first_next_time(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Remembered for the user, whatever the result."""
        await darkroom.make(anya)
        offer = await conversation.send_text(anya, "кот на скейте")
        await conversation.press(anya, offer, "🎬")
        offer = await conversation.send_text(anya, "кот на велосипеде")
        assert [label.split(" ·")[0] for label in labels(offer)] == [
            *("🎬 Видео", "✏️ Изменить последнюю", "🖼 Новое изображение")
        ]

    async def test_first_choice_is_no_preference(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """There was no result to change yet."""
        offer = await conversation.send_text(anya, "красное яблоко")
        await conversation.press(anya, offer, "🖼")
        await darkroom.finish(await conversation.job(anya), anya)
        offer = await conversation.send_text(anya, "сделай фон синим")
        assert labels(offer)[0].startswith("✏️ Изменить последнюю")

    async def test_each_image_of_an_album_can_be_changed_with_one_press(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The numbers are those of the album."""
        done, _ = await darkroom.make(anya, 3)
        offer = await conversation.send_text(anya, "добавь снег")
        assert [label.split(" ·")[0] for label in labels(offer)][:3] == ["✏️ 1", "✏️ 2", "✏️ 3"]
        await conversation.press(anya, offer, "✏️ 2")
        assert (await conversation.job(anya)).request.pictures == (done.files[1].as_start,)

    async def test_words_after_a_video_make_something_new_first(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The video itself can be continued, and no edit of an older image is meant."""
        await darkroom.make(anya)
        done, _ = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        offer = await conversation.send_text(anya, "кот на скейте")
        assert [label.split(" ·")[0] for label in labels(offer)] == [
            *("🖼 Новое изображение", "🎬 Видео", "⏩ Продолжить")
        ]
        assert "Последнее видео: красное яблоко" in words(offer)

    async def test_words_that_name_a_work_do_it(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """«Убери фон» is no description: the background is removed."""
        await darkroom.make(anya)
        offer = await conversation.send_text(anya, "убери фон")
        await conversation.press(anya, offer, "✂️ Убрать фон")
        assert "background/remove" in (await conversation.job(anya)).request.model

    async def test_result_of_a_group_or_of_another_user_is_not_meant(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """Only what this chat got counts, and a deleted result does not."""
        group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
        await darkroom.make(ben)
        await darkroom.make(anya.in_chat(group))
        assert len(labels(await conversation.send_text(anya, "сделай фон синим"))) == 2
        done, _ = await darkroom.make(anya)
        assert len(labels(await conversation.send_text(anya, "сделай фон синим"))) == 3
        assert await conversation.jobs.delete(done)
        assert len(labels(await conversation.send_text(anya, "сделай фон синим"))) == 2

    async def test_deleted_result_is_not_edited(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The offer was made before the deletion."""
        done, _ = await darkroom.make(anya)
        offer = await conversation.send_text(anya, "сделай фон синим")
        assert await conversation.jobs.delete(done)
        answer = await conversation.press(anya, offer, "✏️")
        assert "Исходного изображения уже нет" in answer["text"]
        assert await conversation.job_count(anya) == 0

    async def test_group_is_asked_as_before(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Words there need a reply or a mention, and never mean somebody's last result."""
        group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
        here = anya.in_chat(group)
        await darkroom.make(here)
        said = await conversation.send_text(here, "/help")
        offer = await conversation.send_text(here, "кот на скейте", reply_to=said["message_id"])
        assert [label.split(" ·")[0] for label in labels(offer)] == ["🖼 Изображение", "🎬 Видео"]


class TestAtOnce:
    async def test_chosen_work_starts_without_a_press(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """The card says what is being made, and can be taken back; nothing is asked."""
        await decide(conversation, admin, localized, localized(*AT_ONCE))
        done, _ = await darkroom.make(admin)
        card = await conversation.send_text(admin, "сделай фон синим")
        job = await conversation.job(admin)
        assert (job.request.source, job.request.undoable) == (done.id, True)
        assert labels(card) == [localized("↩️ Не то", "↩️ Not this")]
        assert localized("Меняю последнее", "I am changing the last") in words(card)

    @pytest.mark.parametrize(
        ("value", "kind"), [("новое изображение", Kind.IMAGE), ("видео", Kind.VIDEO)]
    )
    async def test_new_work_needs_no_result(
        self, conversation: Conversation, anya: User, value: str, kind: Kind
    ) -> None:
        """A cheap one starts at once; one above the limit shows its price first."""
        await decide(conversation, anya, lambda russian, _: russian, value)
        card = await conversation.send_text(anya, "кот на скейте")
        if kind is Kind.VIDEO:
            assert await conversation.job_count(anya) == 0
            assert any(label.startswith("▶️ Начать · $0,21") for label in labels(card))
            await conversation.agree(anya)
        job = await conversation.job(anya)
        assert job.request.kind is kind
        assert job.request.undoable is (kind is Kind.IMAGE)

    async def test_bot_asks_if_there_is_nothing_to_change(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Without a result, and after a video."""
        await decide(conversation, anya, lambda russian, _: russian, AT_ONCE[0])
        assert len(labels(await conversation.send_text(anya, "кот"))) == 2
        done, _ = await darkroom.make(anya)
        await filmed(conversation, anya, done)
        assert len(labels(await conversation.send_text(anya, "кот"))) == 3
        assert await conversation.job_count(anya) == 1

    async def test_album_asks_for_the_image_only(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Its press orders."""
        await decide(conversation, anya, lambda russian, _: russian, AT_ONCE[0])
        done, _ = await darkroom.make(anya, 2)
        card = await conversation.send_text(anya, "добавь снег")
        await conversation.press(anya, card, "2")
        assert (await conversation.job(anya)).request.pictures == (done.files[1].as_start,)

    async def test_forwarded_words_start_nothing(
        self, conversation: Conversation, anya: User
    ) -> None:
        """They were not written to the bot."""
        await decide(conversation, anya, lambda russian, _: russian, "новое изображение")
        await anya.say("кот на скейте")
        for update in await conversation.updates():
            await conversation.handle(forward(update))
        assert await conversation.job_count(anya) == 0
        assert len(labels(await anya.last_from_bot())) == 2


class TestUndo:
    async def test_order_is_taken_back_and_its_words_are_offered_again(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """In the same message, without the choice that was wrong."""
        await decide(conversation, admin, localized, localized(*AT_ONCE))
        await darkroom.make(admin)
        card = await conversation.send_text(admin, "сделай фон синим")
        answer = await conversation.press(admin, card, "↩️")
        assert localized("ничего не потрачено", "nothing was spent") in answer["text"]
        undone = await conversation.job(admin)
        assert (undone.cancel_requested, undone.taken_back) == (True, True)
        shown = await conversation.look(admin, card)
        new = localized("🖼 Новое изображение", "🖼 New image")
        assert [label.split(" ·")[0] for label in labels(shown)] == [
            *(new, localized("🎬 Видео", "🎬 Video"))
        ]
        count = len(await admin.from_bot())
        await conversation.press(admin, shown, new)
        job = await conversation.job(admin)
        assert (job.request.prompt, job.request.pictures) == ("сделай фон синим", ())
        assert job.id != undone.id
        assert job.progress_message_id == card["message_id"]
        assert len(await admin.from_bot()) == count

    async def test_sent_order_is_cancelled_in_the_ordinary_way(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Too late: the button becomes the one that cancels."""
        await decide(conversation, anya, lambda russian, _: russian, "новое изображение")
        card = await conversation.send_text(anya, "кот на скейте")
        job = await conversation.job(anya)
        assert await conversation.jobs.move(job, None, Status.QUEUED, due=10)
        answer = await conversation.press(anya, card, "↩️")
        assert "Уже поздно" in answer["text"]
        assert labels(await conversation.look(anya, card)) == ["✖️ Отменить"]
        now = await conversation.job(anya)
        assert (now.status, now.cancel_requested) == (Status.QUEUED, False)

    async def test_repeated_order_cannot_be_taken_back(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A press has chosen it."""
        await decide(conversation, anya, lambda russian, _: russian, "новое изображение")
        await conversation.send_text(anya, "кот на скейте")
        _, result = await darkroom.finish(await conversation.job(anya), anya)
        await conversation.press(anya, result, "🔁")
        assert not (await conversation.job(anya)).request.undoable

    async def test_other_user_cannot_take_it_back(
        self, conversation: Conversation, anya: User, ben: User
    ) -> None:
        """Not even with forged data."""
        await decide(conversation, anya, lambda russian, _: russian, "новое изображение")
        await conversation.send_text(anya, "кот на скейте")
        job = await conversation.job(anya)
        card = dict(await conversation.send_text(ben, "/help"))
        data = {"text": "↩️", "callback_data": f"undo|{ben.id}|{job.id}"}
        card["reply_markup"] = {"inline_keyboard": [[data]]}
        await conversation.press(ben, card, "↩️")
        assert not (await conversation.job(anya)).cancel_requested
