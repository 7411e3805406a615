import pytest

from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from tests.worker.bot.drawings import drawing
from worker.bot.options.catalog import OptionCatalog
from worker.model import Kind


async def test_video_button_opens_the_card(conversation: Conversation, anya: User) -> None:
    """Duration, format and sound, as the model has them."""
    card = await conversation.send_text(anya, "🎬 Видео")
    assert labels(card) == [
        *("✓ 4 с · $0,21", "5 с · $0,26", "8 с · $0,41", "10 с · $0,52"),
        *(
            "Длительность: 4 с",
            "Модель: Seedance 1.5 Pro",
            "Формат: 16:9",
            "Разрешение: 720p",
            "Звук: есть → нет · $0,10",
        ),
        *("🆚 Сравнить модели", "💾 Сохранить набор", "Отмена"),
    ]


async def test_option_opens_its_values(conversation: Conversation, anya: User) -> None:
    """In the same message; a choice leads back to the card, which shows it."""
    card = await conversation.send_text(anya, "🎬 Видео")
    await conversation.press(anya, card, "Формат: ")
    opened = await conversation.look(anya, card)
    assert labels(opened) == [
        *("✓ Широкий 16:9", "Вертикальный 9:16", "Квадрат 1:1"),
        *("Горизонтальный 4:3", "Вертикальный 3:4", "Широкий 21:9", "← Назад"),
    ]
    await conversation.press(anya, opened, "Широкий 21:9")
    assert "Формат: 21:9" in labels(await conversation.look(anya, card))


class TestAModelOfUnknownPrice:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            fal_premium_model="google/nano-banana-2-lite",
            fal_unknown_price=0.07,
        )

    async def test_card_says_what_the_budget_counts(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The price is not guessed: the operator's number is named as such, and is what the order counts.

        Another bot of the same process has another number.
        """
        OptionCatalog(Settings(_env_file=None, fal_unknown_price=0.5))
        card = await conversation.send_text(anya, "🖼 Изображение")
        await conversation.choose(anya, card, "Модель", "Nano Banana")
        shown = await conversation.look(anya, card)
        assert "Цена неизвестна, в бюджете считается как $0,07" in shown["text"]
        await conversation.send_text(anya, "красное яблоко")
        assert (await conversation.job(anya)).cost == 0.07


async def test_prompt_that_is_too_short_for_the_model_starts_nothing(
    conversation: Conversation, anya: User
) -> None:
    """The model would refuse it after it was sent."""
    answer = await conversation.send_text(anya, "/image премиум я")
    assert "нужно хотя бы 3 знака" in answer["text"]
    assert await conversation.job_count(anya) == 0


async def test_prompt_becomes_a_video_job(conversation: Conversation, ben: User) -> None:
    """With the settings of the card."""
    card = await conversation.send_text(ben, "🎬 Video")
    await conversation.choose(ben, card, "Duration", "8 s")
    await conversation.choose(ben, card, "Aspect", "Portrait 9:16")
    await conversation.choose(ben, card, "Sound", "off")
    answer = await conversation.send_text(ben, "a cat on a skateboard")
    job = await conversation.job(ben)
    assert job.request.kind is Kind.VIDEO
    assert job.request.model == "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
    assert job.request.options == {
        "duration": 8,
        "aspect": "9:16",
        "resolution": "720p",
        "audio": False,
    }
    assert "8 s · 9:16 · 720p · 🔇 No sound" in answer["text"]


async def test_video_command_shows_only_the_price(conversation: Conversation, anya: User) -> None:
    """/video with a prompt asks nothing else."""
    await conversation.send_text(anya, "/video кот на скейте")
    await conversation.agree(anya)
    assert (await conversation.job(anya)).request.prompt == "кот на скейте"


class TestAModelThatKnowsNoSquare:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_video_model="fal-ai/veo3.1")

    async def test_unsupported_ratio_is_not_offered(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The card has only what the model supports: a press on the format takes the other of two."""
        card = await conversation.send_text(anya, "🎬 Видео")
        for ratio in ("16:9", "9:16", "16:9"):
            assert f"Формат: {ratio}" in labels(card)
            await conversation.press(anya, card, "Формат: ")
            card = await conversation.look(anya, card)

    async def test_stored_unsupported_ratio_falls_back_to_the_default(
        self, conversation: Conversation, anya: User
    ) -> None:
        """After a change of the model the order still works."""
        await conversation.dispatcher["users"].remember(anya.id, Kind.VIDEO, {"aspect": "1:1"})
        await conversation.send_text(anya, "/video кот на скейте")
        await conversation.agree(anya)
        assert (await conversation.job(anya)).request.options["aspect"] == "16:9"

    async def test_press_on_an_unsupported_ratio_is_answered(
        self, conversation: Conversation, anya: User
    ) -> None:
        """An older card still has the button."""
        card = await conversation.send_text(anya, "🎬 Видео")
        stale = dict(card)
        data = f"set|{anya.id}|aspect|1:1"
        stale["reply_markup"] = {"inline_keyboard": [[{"text": "1:1", "callback_data": data}]]}
        answer = await conversation.press(anya, stale, "1:1")
        assert "больше нет" in answer["text"]


@pytest.mark.parametrize(
    "data", ["set|{}|aspect|7:7", "set|{}|no-such|1", "open|{}|no-such", "open|{}|styles"]
)
async def test_stale_or_forged_button_is_answered_and_the_card_is_shown(
    conversation: Conversation, anya: User, data: str
) -> None:
    """Nothing changes, and the card has what the model offers now."""
    card = await conversation.send_text(anya, "🎬 Видео")
    await conversation.press(anya, card, "Формат: ")
    stale = dict(await conversation.look(anya, card))
    stale["reply_markup"] = {
        "inline_keyboard": [[{"text": "stale", "callback_data": data.format(anya.id)}]]
    }
    answer = await conversation.press(anya, stale, "stale")
    assert "больше нет" in answer["text"]
    assert labels(await conversation.look(anya, card)) == labels(card)


async def test_option_of_two_values_needs_one_press(conversation: Conversation, anya: User) -> None:
    """Another press on the same button changes nothing more, as its value is set already."""
    card = await conversation.send_text(anya, "🎬 Видео")
    assert "Звук: есть → нет · $0,10" in labels(card)
    for _ in range(2):
        await conversation.press(anya, card, "Звук: ")
    assert "Звук: нет → есть · $0,21" in labels(await conversation.look(anya, card))


async def test_resolution_in_a_line_makes_the_order(conversation: Conversation, anya: User) -> None:
    """The settings that a line leaves out stay; a repeat keeps the resolution."""
    await conversation.send_text(anya, "/video 1080p кот на скейте")
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.options["resolution"]) == ("кот на скейте", "1080p")
    await conversation.send_text(anya, "/video кот в 4K")
    await conversation.agree(anya)
    request = (await conversation.job(anya)).request
    assert (request.prompt, request.options["resolution"]) == ("кот в 4K", "720p")
    answer = await conversation.send_text(anya, "/video кот --resolution 4K")
    assert "4K — этого модель не умеет, а LTX 2.3 Fast умеет" in answer["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "reason"), [((16, 16), "нужно хотя бы 300 пикселей"), ((4000, 400), "в 2,5 раза")]
)
@pytest.mark.parametrize("words", ["волны бегут", ""])
async def test_unusable_image_is_refused_before_the_start(
    conversation: Conversation, anya: User, size: tuple[int, int], reason: str, words: str
) -> None:
    """No button starts a job that must fail, and the image can be used for other work."""
    await anya.send_files(drawing(size=size), caption=f"/video {words}")
    await conversation.catch_up()
    card = await anya.last_from_bot()
    assert reason in card["text"]
    assert not any(label.startswith("▶️") for label in labels(card))
    await conversation.send_text(anya, "волны блестят")
    assert await conversation.job_count(anya) == 0
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "✏️ Изменить")
    card = await conversation.look(anya, card)
    assert "волны блестят" in card["text"]
    await conversation.press(anya, card, "▶️ Начать")
    assert (await conversation.job(anya)).request.model == "fal-ai/nano-banana/edit"


async def test_unusable_image_of_an_album_is_refused_after_the_choice(
    conversation: Conversation, anya: User
) -> None:
    """The other one starts."""
    await anya.send_files(drawing(), drawing(size=(16, 16)), caption="/video волны бегут")
    await conversation.catch_up()
    await conversation.fall_silent()
    await conversation.press(anya, await anya.last_from_bot(), "2 · $")
    assert "нужно хотя бы 300 пикселей" in (await anya.last_from_bot())["text"]
    assert await conversation.job_count(anya) == 0
