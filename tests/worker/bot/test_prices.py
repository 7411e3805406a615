"""Nothing is paid by surprise: a price is shown before whatever spends more than a little."""

import io
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import InlineKeyboardMarkup
from PIL import Image

from infra.fal.model import Work
from infra.settings import Settings
from infra.storage.store import Storage
from tests.user import Message, User, words
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from worker.bot.callback_data import MakeOf
from worker.bot.views.keyboards import button
from worker.model import Kind, Status


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


class TestTextOutOfTheBlue:
    async def test_each_choice_shows_what_it_costs(
        self, conversation: Conversation, anya: User, ben: User
    ) -> None:
        """By the person's own settings, and by the options of the line."""
        russian = await conversation.hear(anya, "волны 8s")
        assert labels(russian) == ["🖼 Изображение · $0,003", "🎬 Видео · $0,42"]
        english = await conversation.hear(ben, "waves")
        assert labels(english) == ["🖼 Image · $0.003", "🎬 Video · $0.21"]

    async def test_a_press_on_the_price_starts(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Nothing more is asked."""
        offer = await conversation.hear(anya, "волны")
        await conversation.press(anya, offer, "🎬 Видео")
        assert (await conversation.job(anya)).request.kind is Kind.VIDEO

    async def test_a_price_that_has_risen_since_is_shown_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The button said four seconds; eight cost twice as much."""
        offer = await conversation.hear(anya, "волны")
        await conversation.dispatcher["users"].remember(anya.id, Work.VIDEO, {"duration": 8})
        await conversation.press(anya, offer, "🎬 Видео")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,42" in labels(await anya.last_from_bot())

    async def test_a_button_of_the_version_before_shows_the_price_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """It said nothing of money."""
        offer = dict(await conversation.hear(anya, "волны"))
        data = MakeOf(owner=anya.id, work=Work.VIDEO).pack()
        bare = InlineKeyboardMarkup(inline_keyboard=[[button("🎬 Видео", data)]])
        await conversation.bot.edit_message_reply_markup(
            chat_id=anya.id, message_id=offer["message_id"], reply_markup=bare
        )
        await conversation.press(anya, offer, "🎬 Видео")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,21" in labels(await anya.last_from_bot())


class TestOneLine:
    async def test_what_is_cheap_starts_at_once(
        self, conversation: Conversation, anya: User
    ) -> None:
        """No press is added to an image of a few cents."""
        await conversation.hear(anya, "/image волны")
        assert await conversation.job_count(anya) == 1

    @pytest.mark.parametrize("line", ["/video волны", "/image премиум 4 шт. волны"])
    async def test_what_is_dearer_shows_its_price_and_starts_by_a_press(
        self, conversation: Conversation, anya: User, line: str
    ) -> None:
        """With the words that are to be made; the job answers the person's own message."""
        said = await anya.say(line)
        await conversation.catch_up()
        card = await anya.last_from_bot()
        assert await conversation.job_count(anya) == 0
        assert "волны" in words(card)
        assert "Стоимость: ≈ $" in words(card)
        await conversation.agree(anya)
        job = await conversation.job(anya)
        assert job.request.prompt == "волны"
        assert job.request.message_id == said["message_id"]
        assert not await conversation.is_shown(anya, card)

    async def test_it_speaks_english_too(self, conversation: Conversation, ben: User) -> None:
        """The same in the other language."""
        card = await conversation.hear(ben, "/video waves")
        assert words(card).splitlines()[:2] == ["🎬 Video", "waves"]
        assert "Cost: ≈ $0.21" in words(card)
        assert "▶️ Start · $0.21" in labels(card)

    async def test_other_settings_show_their_price_and_go_into_the_job(
        self, conversation: Conversation, anya: User
    ) -> None:
        """What the line said stays, unless a button says otherwise."""
        card = await conversation.hear(anya, "/video 8s 9:16 волны")
        assert "▶️ Начать · $0,42" in labels(card)
        await conversation.press(anya, card, "4 с")
        assert "▶️ Начать · $0,21" in labels(await conversation.look(anya, card))
        await conversation.press(anya, await conversation.look(anya, card), "▶️")
        options = (await conversation.job(anya)).request.options
        assert (options["duration"], options["aspect"]) == (4, "9:16")

    async def test_other_words_start_for_the_price_that_is_shown(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Whoever thinks of something better need not press."""
        await conversation.hear(anya, "/video 8s волны")
        await conversation.hear(anya, "буря")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options["duration"]) == ("буря", 8)

    async def test_words_that_cost_more_than_the_card_said_are_asked_about(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The card was about four seconds."""
        await conversation.hear(anya, "🎬 Видео")
        await conversation.hear(anya, "волны 8s")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,42" in labels(await anya.last_from_bot())

    async def test_words_that_come_long_after_the_card_see_its_price_again(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Nobody thinks any more of a card of this morning: «спасибо» is no video for 21 cents."""
        await conversation.hear(anya, "🎬 Видео")
        await anya.say("спасибо")
        (update,) = await conversation.updates()
        update["message"]["date"] += 2 * 3600
        await conversation.handle(update)
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,21" in labels(await anya.last_from_bot())

    async def test_a_cancelled_card_has_ordered_nothing(
        self, conversation: Conversation, anya: User
    ) -> None:
        """And what is said next is no prompt."""
        card = await conversation.hear(anya, "/video волны")
        await conversation.press(anya, card, "Отмена")
        assert labels(await conversation.hear(anya, "буря")) == [
            "🖼 Изображение · $0,003",
            "🎬 Видео · $0,21",
        ]
        assert await conversation.job_count(anya) == 0


class TestAPhoto:
    async def test_one_that_is_to_move_shows_the_price_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A caption starts what is cheap only."""
        await anya.send_photo(drawing(), "/video волны бегут")
        await conversation.catch_up()
        assert await conversation.job_count(anya) == 0
        await conversation.agree(anya)
        assert (await conversation.job(anya)).request.prompt == "волны бегут"

    async def test_enlarging_it_costs_by_its_size(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Three megapixels become twelve, at three cents each."""
        await anya.send_photo(drawing(size=(2000, 1500)))
        await conversation.catch_up()
        card = await anya.last_from_bot()
        width, height = 1280, 960  # what Telegram makes of it
        await conversation.press(anya, card, "⬆️ Увеличить")
        dollars = 0.03 * -(-width * height * 4 // 1_048_576)
        assert f"▶️ Начать · ${dollars:.2f}".replace(".", ",") in labels(
            await conversation.look(anya, card)
        )

    async def test_one_that_came_as_a_file_is_measured(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Telegram does not say how large it is: two megapixels become eight, and nine are charged."""
        await anya.send_files(drawing(size=(2000, 1000)))
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,24" in labels(await conversation.look(anya, card))

    async def test_a_large_file_is_measured_by_its_beginning(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A photograph of many megabytes is not fetched for it."""
        noise = Image.effect_noise((3000, 2000), 200).convert("RGB")
        encoded = io.BytesIO()
        noise.save(encoded, "JPEG", quality=95)
        assert len(encoded.getvalue()) > 2_000_000
        await anya.send_files(encoded.getvalue())
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,69" in labels(await conversation.look(anya, card))

    @pytest.mark.parametrize("fault", [{"status": 500}, {"status": 400}, {"delay": 4}])
    async def test_one_that_cannot_be_measured_now_counts_as_one_megapixel(
        self, conversation: Conversation, anya: User, fault: dict[str, Any]
    ) -> None:
        """Nobody waits for a number that is an estimate anyway."""
        await anya.send_files(drawing(size=(2000, 1000)))
        await conversation.disturb("getFile", **fault)
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,12" in labels(await conversation.look(anya, card))


class TestEachButtonOfAResult:
    async def test_what_spends_shows_how_much(
        self, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """In the language of its reader; what asks first or is free shows nothing."""
        _, result = await darkroom.make(anya, order="/image яблоко --seed 7")
        assert [label for label in labels(result) if "$" in label] == [
            "🔁 Ещё раз · $0,003",
            "🎲 Другой seed · $0,003",
            "✨ Варианты · $0,12",
        ]
        _, result = await darkroom.make(ben, order="/image an apple")
        assert [label for label in labels(result) if "$" in label] == [
            "🔁 Again · $0.003",
            "✨ Variations · $0.12",
        ]

    async def test_again_costs_what_the_same_has_cost(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """An enlargement by the size of what it enlarged."""
        done, result = await darkroom.make(anya)
        large = done.files[0].model_copy(update={"width": 1024, "height": 1024})
        await conversation.jobs.update_fields(done.id, files=[large.model_dump()])
        await conversation.press(anya, result, "⬆️")
        await conversation.press(anya, await conversation.look(anya, result), "⬆️ ×4")
        enlargement = await conversation.job(anya)
        assert enlargement.cost == pytest.approx(0.48)
        _, larger = await darkroom.finish(enlargement, anya)
        assert "🔁 Ещё раз · $0,48" in labels(larger)

    async def test_a_failed_job_says_what_another_try_costs(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Though the failed one cost nothing."""
        await conversation.hear(anya, "/video волны")
        await conversation.agree(anya)
        job = await conversation.job(anya)
        await conversation.jobs.move(
            job, {job.status}, Status.FAILED, due=None, failure="busy", cost=0
        )
        assert labels(await conversation.hear(anya, "/status")) == ["🔁 Ещё раз · $0,21"]


class TestAButtonWhoseLabelIsNotThePrice:
    async def relabelled(
        self, conversation: Conversation, result: Message, old: str, new: str
    ) -> None:
        """As a version before, or another table of prices, has left it."""
        rows = [
            [button(key["text"].replace(old, new), key["callback_data"]) for key in row]
            for row in result["reply_markup"]["inline_keyboard"]
        ]
        await conversation.bot.edit_message_reply_markup(
            chat_id=result["chat"]["id"],
            message_id=result["message_id"],
            reply_markup=InlineKeyboardMarkup(inline_keyboard=rows),
        )

    @pytest.mark.parametrize("label", ["✨ Варианты", "✨ Варианты · $0,06"])
    async def test_what_is_not_little_shows_its_price_first(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, label: str
    ) -> None:
        """On the button, which starts by the next press."""
        _, result = await darkroom.make(anya)
        await self.relabelled(conversation, result, "✨ Варианты · $0,12", label)
        answer = await conversation.press(
            anya, await conversation.look(anya, result), "✨ Варианты"
        )
        assert answer["text"] == "Это стоит $0,12. Если подходит, нажмите ещё раз."
        assert answer["show_alert"]
        assert await conversation.job_count(anya) == 1
        priced = await conversation.look(anya, result)
        assert labels(priced) == labels(result)
        await conversation.dispatcher["redis"].delete(f"darkroom:pressed:{anya.id}:{anya.id}")
        await conversation.press(anya, priced, "✨ Варианты")
        assert await conversation.job_count(anya) == 2

    async def test_what_is_little_starts(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A button of the version before still works."""
        _, result = await darkroom.make(anya)
        await self.relabelled(conversation, result, "🔁 Ещё раз · $0,003", "🔁 Ещё раз")
        await conversation.press(anya, await conversation.look(anya, result), "🔁 Ещё раз")
        assert await conversation.job_count(anya) == 2


class TestAnOperatorWhoWantsEveryPriceSeen:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, confirm_above=0)

    async def test_even_a_cheap_line_asks_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A tenth of a cent is more than nothing."""
        card = await conversation.hear(anya, "/image волны")
        assert "▶️ Начать · $0,003" in labels(card)
        assert await conversation.job_count(anya) == 0


class TestAnOperatorWhoTrusts:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, confirm_above=1)

    async def test_a_video_of_less_starts_at_once(
        self, conversation: Conversation, anya: User
    ) -> None:
        """By one line."""
        await conversation.hear(anya, "/video волны")
        assert await conversation.job_count(anya) == 1


class TestAnAlbum:
    async def test_the_choice_of_one_picture_shows_what_it_starts(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Its words are there already, so a number is all that it takes."""
        await anya.send_files(drawing(), drawing("blue"), caption="/video волны", send_as="photo")
        await conversation.catch_up()
        await conversation.fall_silent()
        card = await anya.last_from_bot()
        assert labels(card)[:2] == ["1 · $0,21", "2 · $0,21"]
        await conversation.press(anya, card, "2")
        assert (await conversation.job(anya)).request.prompt == "волны"
