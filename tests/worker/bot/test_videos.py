import pytest

from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from worker.model import Kind


async def test_a_clip_begins_with_a_card_of_settings(
    conversation: Conversation, anya: User
) -> None:
    """Length, format and sound, as the model has them."""
    card = await conversation.hear(anya, "🎬 Видео")
    assert labels(card) == [
        *("✓ 4 с", "8 с"),
        *("✓ 16:9", "9:16", "1:1"),
        *("✓ 🔊 Со звуком", "🔇 Без звука"),
        *("💾 Сохранить набор", "Отмена"),
    ]


async def test_the_prompt_becomes_a_clip_with_the_chosen_settings(
    conversation: Conversation, ben: User
) -> None:
    """What was pressed is what is asked of the model."""
    card = await conversation.hear(ben, "🎬 Video")
    for label in ("8 s", "9:16", "🔇 No sound"):
        await conversation.press(ben, await conversation.look(ben, card), label)
    answer = await conversation.hear(ben, "a cat on a skateboard")
    job = await conversation.job(ben)
    assert job.request.kind is Kind.VIDEO
    assert job.request.model == "fal-ai/bytedance/seedance/v1.5/pro/text-to-video"
    assert job.request.options == {"duration": 8, "aspect": "9:16", "audio": False}
    assert "8 s · 9:16 · 🔇 No sound" in answer["text"]


async def test_one_line_makes_a_clip(conversation: Conversation, anya: User) -> None:
    """/video with a prompt asks for nothing more than a look at the price."""
    await conversation.hear(anya, "/video кот на скейте")
    await conversation.agree(anya)
    assert (await conversation.job(anya)).request.prompt == "кот на скейте"


class TestAModelThatKnowsNoSquare:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_video_model="fal-ai/veo3")

    async def test_square_is_not_offered(self, conversation: Conversation, anya: User) -> None:
        """What a model cannot do is not on its card."""
        card = await conversation.hear(anya, "🎬 Видео")
        assert [label for label in labels(card) if ":" in label] == ["✓ 16:9", "9:16"]

    async def test_a_remembered_square_falls_back_to_the_default(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The operator changed the model since: the job is possible all the same."""
        await conversation.dispatcher["users"].remember(anya.id, Kind.VIDEO, {"aspect": "1:1"})
        await conversation.hear(anya, "/video кот на скейте")
        await conversation.agree(anya)
        assert (await conversation.job(anya)).request.options["aspect"] == "16:9"

    async def test_a_press_on_square_from_before_is_answered(
        self, conversation: Conversation, anya: User
    ) -> None:
        """A card from before the change still has the button."""
        card = await conversation.hear(anya, "🎬 Видео")
        stale = dict(card)
        data = f"set|{anya.id}|aspect|1:1"
        stale["reply_markup"] = {"inline_keyboard": [[{"text": "1:1", "callback_data": data}]]}
        answer = await conversation.press(anya, stale, "1:1")
        assert "больше нет" in answer["text"]
