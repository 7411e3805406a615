"""A price is shown before every order that costs more than a little."""

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
from worker.bot.callback_data import CreateFrom
from worker.bot.views.keyboards import button
from worker.model import Kind, Status


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


class TestTextOutOfTheBlue:
    async def test_each_choice_shows_its_price(
        self, conversation: Conversation, anya: User, ben: User
    ) -> None:
        """By the user's settings and the options in the text."""
        russian = await conversation.send_text(anya, "волны 8s")
        assert labels(russian) == ["🖼 Изображение · $0,003", "🎬 Видео · $0,41"]
        english = await conversation.send_text(ben, "waves")
        assert labels(english) == ["🖼 Image · $0.003", "🎬 Video · $0.21"]

    async def test_press_on_the_price_starts(self, conversation: Conversation, anya: User) -> None:
        """Nothing more is asked."""
        offer = await conversation.send_text(anya, "волны")
        await conversation.press(anya, offer, "🎬 Видео")
        assert (await conversation.job(anya)).request.kind is Kind.VIDEO

    async def test_risen_price_is_shown_first(self, conversation: Conversation, anya: User) -> None:
        """The button showed four seconds; eight cost twice as much."""
        offer = await conversation.send_text(anya, "волны")
        await conversation.dispatcher["users"].remember(anya.id, Work.VIDEO, {"duration": 8})
        await conversation.press(anya, offer, "🎬 Видео")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,41" in labels(await anya.last_from_bot())

    async def test_button_of_an_earlier_version_shows_the_price_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """It had no price."""
        offer = dict(await conversation.send_text(anya, "волны"))
        data = CreateFrom(owner=anya.id, work=Work.VIDEO).pack()
        bare = InlineKeyboardMarkup(inline_keyboard=[[button("🎬 Видео", data)]])
        await conversation.bot.edit_message_reply_markup(
            chat_id=anya.id, message_id=offer["message_id"], reply_markup=bare
        )
        await conversation.press(anya, offer, "🎬 Видео")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,21" in labels(await anya.last_from_bot())


class TestOneLine:
    async def test_cheap_order_starts_at_once(self, conversation: Conversation, anya: User) -> None:
        """An image of a few cents needs no confirmation."""
        await conversation.send_text(anya, "/image волны")
        assert await conversation.job_count(anya) == 1

    @pytest.mark.parametrize("line", ["/video волны", "/image премиум 4 шт. волны"])
    async def test_expensive_order_needs_a_confirmation(
        self, conversation: Conversation, anya: User, line: str
    ) -> None:
        """The card has the prompt; the job replies to the user's message."""
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

    async def test_price_in_english(self, conversation: Conversation, ben: User) -> None:
        card = await conversation.send_text(ben, "/video waves")
        assert words(card).splitlines()[:2] == ["🎬 Video", "waves"]
        assert "Cost: ≈ $0.21" in words(card)
        assert "▶️ Start · $0.21" in labels(card)

    async def test_changed_settings_change_the_price_and_the_job(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Options of the text stay unless a button changes them."""
        card = await conversation.send_text(anya, "/video 8s 9:16 волны")
        assert "▶️ Начать · $0,41" in labels(card)
        await conversation.press(anya, card, "4 с")
        assert "▶️ Начать · $0,21" in labels(await conversation.look(anya, card))
        await conversation.press(anya, await conversation.look(anya, card), "▶️")
        options = (await conversation.job(anya)).request.options
        assert (options["duration"], options["aspect"]) == (4, "9:16")

    async def test_another_prompt_starts_at_the_shown_price(
        self, conversation: Conversation, anya: User
    ) -> None:
        """It needs no press."""
        await conversation.send_text(anya, "/video 8s волны")
        await conversation.send_text(anya, "буря")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.options["duration"]) == ("буря", 8)

    async def test_prompt_above_the_shown_price_needs_a_confirmation(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The card showed four seconds."""
        await conversation.send_text(anya, "🎬 Видео")
        await conversation.send_text(anya, "волны 8s")
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,41" in labels(await anya.last_from_bot())

    async def test_late_prompt_shows_the_price_again(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The user may have forgotten the card: a question must not order a video for 21 cents."""
        await conversation.send_text(anya, "🎬 Видео")
        await anya.say("а когда придёт прошлое")
        (update,) = await conversation.updates()
        update["message"]["date"] += 2 * 3600
        await conversation.handle(update)
        assert await conversation.job_count(anya) == 0
        assert "▶️ Начать · $0,21" in labels(await anya.last_from_bot())

    async def test_cancelled_card_orders_nothing(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The next text is no prompt."""
        card = await conversation.send_text(anya, "/video волны")
        await conversation.press(anya, card, "Отмена")
        assert labels(await conversation.send_text(anya, "буря")) == [
            "🖼 Изображение · $0,003",
            "🎬 Видео · $0,21",
        ]
        assert await conversation.job_count(anya) == 0


class TestAPhoto:
    async def test_animate_by_caption_shows_the_price_first(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A caption starts only cheap orders."""
        await anya.send_photo(drawing(), "/video волны бегут")
        await conversation.catch_up()
        assert await conversation.job_count(anya) == 0
        await conversation.agree(anya)
        assert (await conversation.job(anya)).request.prompt == "волны бегут"

    async def test_upscale_price_depends_on_the_size(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Three megapixels become twelve, at a tenth of a cent each."""
        await anya.send_photo(drawing(size=(2000, 1500)))
        await conversation.catch_up()
        card = await anya.last_from_bot()
        width, height = 1280, 960  # Telegram's scaled size
        await conversation.press(anya, card, "⬆️ Увеличить")
        dollars = 0.001 * -(-width * height * 4 // 1_048_576)
        assert f"▶️ Начать · ${dollars:.3f}".replace(".", ",") in labels(
            await conversation.look(anya, card)
        )

    async def test_file_is_measured(self, conversation: Conversation, anya: User) -> None:
        """Telegram does not report its size: two megapixels become eight, and nine are charged."""
        await anya.send_files(drawing(size=(2000, 1000)))
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,008" in labels(await conversation.look(anya, card))

    async def test_large_file_is_measured_by_its_head(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A photo of many megabytes is not downloaded for that."""
        noise = Image.effect_noise((3000, 2000), 200).convert("RGB")
        encoded = io.BytesIO()
        noise.save(encoded, "JPEG", quality=95)
        assert len(encoded.getvalue()) > 2_000_000
        await anya.send_files(encoded.getvalue())
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,023" in labels(await conversation.look(anya, card))

    @pytest.mark.slow
    @pytest.mark.parametrize("fault", [{"status": 500}, {"status": 400}, {"delay": 4}])
    async def test_unmeasurable_file_counts_as_one_megapixel(
        self, conversation: Conversation, anya: User, fault: dict[str, Any]
    ) -> None:
        """The price is an estimate; the order does not wait for it."""
        await anya.send_files(drawing(size=(2000, 1000)))
        await conversation.disturb("getFile", **fault)
        await conversation.catch_up()
        card = await anya.last_from_bot()
        await conversation.press(anya, card, "⬆️ Увеличить")
        assert "▶️ Начать · $0,004" in labels(await conversation.look(anya, card))


class TestEachButtonOfAResult:
    async def test_paid_buttons_show_their_price(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
    ) -> None:
        """In the reader's language; buttons that ask first or are free show none."""
        _, result = await darkroom.make(anya, order="/image яблоко --seed 7")
        assert [label for label in labels(result) if "$" in label] == [
            "🔁 Ещё раз · $0,003",
            "✨ Варианты · $0,12",
        ]
        await conversation.press(anya, result, "⋯ Ещё")
        rarer = labels(await conversation.look(anya, result))
        assert [label for label in rarer if "$" in label] == ["🎲 Другой seed · $0,003"]
        _, result = await darkroom.make(ben, order="/image an apple")
        assert [label for label in labels(result) if "$" in label] == [
            "🔁 Again · $0.003",
            "✨ Variations · $0.12",
        ]

    async def test_repeat_shows_the_price_of_the_same_order(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """An upscale by its input's size."""
        done, result = await darkroom.make(anya)
        large = done.files[0].model_copy(update={"width": 1024, "height": 1024})
        await conversation.jobs.update_fields(done.id, files=[large.model_dump()])
        await conversation.press(anya, result, "⬆️")
        await conversation.press(anya, await conversation.look(anya, result), "⬆️ ×4")
        enlargement = await conversation.job(anya)
        assert enlargement.cost == pytest.approx(0.016)
        _, larger = await darkroom.finish(enlargement, anya)
        assert "🔁 Ещё раз · $0,016" in labels(larger)

    async def test_failed_job_shows_the_price_of_a_retry(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Though the failed one cost nothing."""
        await conversation.send_text(anya, "/video волны")
        await conversation.agree(anya)
        job = await conversation.job(anya)
        await conversation.jobs.move(
            job, {job.status}, Status.FAILED, due=None, failure="busy", cost=0
        )
        assert labels(await conversation.send_text(anya, "/status")) == ["🔁 Ещё раз · $0,21"]


class TestAButtonWhoseLabelIsNotThePrice:
    async def relabelled(
        self, conversation: Conversation, result: Message, old: str, new: str
    ) -> None:
        """Change the label as an earlier version or price table left it."""
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
    async def test_outdated_label_of_an_expensive_button_is_updated_first(
        self, conversation: Conversation, darkroom: Darkroom, anya: User, label: str
    ) -> None:
        """The next press on the button starts."""
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

    async def test_outdated_label_of_a_cheap_button_starts(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """A button of an earlier version still works."""
        _, result = await darkroom.make(anya)
        await self.relabelled(conversation, result, "🔁 Ещё раз · $0,003", "🔁 Ещё раз")
        await conversation.press(anya, await conversation.look(anya, result), "🔁 Ещё раз")
        assert await conversation.job_count(anya) == 2


class TestAnOperatorWhoWantsEveryPriceSeen:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, confirm_above=0)

    async def test_price_limit_of_zero_always_asks(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A tenth of a cent is more than nothing."""
        card = await conversation.send_text(anya, "/image волны")
        assert "▶️ Начать · $0,003" in labels(card)
        assert await conversation.job_count(anya) == 0


class TestAnOperatorWhoTrusts:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, confirm_above=1)

    async def test_high_price_limit_starts_a_video_at_once(
        self, conversation: Conversation, anya: User
    ) -> None:
        await conversation.send_text(anya, "/video волны")
        assert await conversation.job_count(anya) == 1


class TestAnAlbum:
    async def test_choice_of_an_image_shows_the_price(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The prompt is known, so the press starts the job."""
        await anya.send_files(drawing(), drawing("blue"), caption="/video волны", send_as="photo")
        await conversation.catch_up()
        await conversation.fall_silent()
        card = await anya.last_from_bot()
        assert labels(card)[:2] == ["1 · $0,21", "2 · $0,21"]
        await conversation.press(anya, card, "2")
        assert (await conversation.job(anya)).request.prompt == "волны"
