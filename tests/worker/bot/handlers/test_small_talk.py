"""Messages that are no prompt get a fitting answer, and cost nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.storage.store import Storage
from tests.user import User, create_group, words
from tests.worker.bot.conversation import Conversation, Localized, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from worker.prompt_helper.classification import Classifier


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


@pytest.mark.parametrize(
    ("russian", "english", "emoji"),
    [("спасибо!", "thanks!", "❤"), ("круто", "wow", "🔥"), ("ок", "ok", "👌")],
)
async def test_kind_words_get_a_reaction(
    conversation: Conversation,
    darkroom: Darkroom,
    admin: User,
    localized: Localized,
    russian: str,
    english: str,
    emoji: str,
) -> None:
    """No message, and no order."""
    await darkroom.make(admin)
    before, jobs = len(await admin.from_bot()), await conversation.job_count(admin)
    said = await admin.say(localized(russian, english))
    await conversation.catch_up()
    assert len(await admin.from_bot()) == before
    reacted = await conversation.look(admin, said)
    assert [each["emoji"] for each in reacted["reactions"]] == [emoji]
    assert await conversation.job_count(admin) == jobs


async def test_refused_reaction_becomes_a_word(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """A chat may allow no reactions."""
    await conversation.disturb(
        "setMessageReaction", status=400, description="Bad Request: REACTION_INVALID"
    )
    answer = await conversation.send_text(admin, localized("спасибо", "thanks"))
    assert words(answer) == localized("Пожалуйста!", "You are welcome!")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("привет", "hello"), ("Здравствуйте! Напишите", "Hello! Write")),
        (("что ты умеешь?", "what can you do?"), ("Подробнее: /help", "More: /help")),
        (("стоп", "stop"), ("/cancel", "/cancel")),
        (("не нравится", "I don't like it"), ("пока нет результата", "no result here yet")),
    ],
)
async def test_question_or_greeting_gets_a_short_answer(
    conversation: Conversation,
    admin: User,
    localized: Localized,
    said: tuple[str, str],
    answer: tuple[str, str],
) -> None:
    """In the user's language, without an offer to draw it."""
    shown = await conversation.send_text(admin, localized(*said))
    assert localized(*answer) in words(shown)
    assert labels(shown) == []


async def test_price_question_shows_the_prices_of_the_users_settings(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """Of the usual works, with the model that each would use."""
    asked = localized("сколько стоит?", "how much?")
    shown = words(await conversation.send_text(admin, asked))
    assert localized("🖼 Изображение — $0,003 (FLUX.1 schnell)", "🖼 Image — $0.003 (FLUX") in shown
    card = await conversation.send_text(admin, "/settings")
    await conversation.choose(admin, card, localized("Модель", "Model"), "Nano Banana 2")
    again = words(await conversation.send_text(admin, asked))
    assert "Nano Banana 2" in again
    assert again != shown


class TestComplaint:
    async def test_last_result_can_be_made_in_another_way(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """Again, with another description, or changed: the buttons act on that result."""
        done, _ = await darkroom.make(admin)
        shown = await conversation.send_text(admin, localized("не нравится", "I don't like it"))
        assert labels(shown) == [
            localized("🔁 Ещё раз · $0,003", "🔁 Again · $0.003"),
            localized("✏️ Другое описание", "✏️ New description"),
            localized("✏️ Изменить", "✏️ Edit"),
        ]
        await conversation.press(admin, shown, localized("✏️ Изменить", "✏️ Edit"))
        await conversation.send_text(admin, localized("сделай фон синим", "make the sky blue"))
        assert (await conversation.job(admin)).request.source == done.id

    async def test_pinned_seed_can_be_changed(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The same seed would give the same image."""
        await darkroom.make(anya, order="/image красное яблоко --seed 7")
        shown = await conversation.send_text(anya, "не то")
        assert labels(shown)[0].startswith("🎲 Другой seed")

    async def test_reply_means_the_result_that_it_replies_to(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """Not the last one; and it is no edit."""
        _, older = await darkroom.make(anya)
        await darkroom.make(anya, order="/image --seed 7 синее море")
        shown = await conversation.send_text(anya, "плохо получилось", older["message_id"])
        assert labels(shown)[0].startswith("🔁 Ещё раз")
        assert await conversation.job_count(anya) == 2


async def test_reply_of_thanks_is_no_edit(
    conversation: Conversation, darkroom: Darkroom, anya: User
) -> None:
    """Neither in a private chat nor in a group."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    for here in (anya, anya.in_chat(group)):
        _, result = await darkroom.make(here)
        await conversation.send_text(here, "спасибо", result["message_id"])
    assert await conversation.job_count(anya) == 2


@pytest.mark.parametrize("caption", ["спасибо", "привет!", "👍"])
async def test_caption_of_small_talk_is_no_edit(
    conversation: Conversation, anya: User, caption: str
) -> None:
    """The card asks what to do, as for a photo without a caption; so for an album."""
    await anya.send_photo(drawing(), caption)
    await conversation.catch_up()
    assert "Что сделать с этим изображением?" in words(await anya.last_from_bot())
    await anya.send_files(drawing(), drawing(), caption=caption, send_as="photo")
    await conversation.catch_up()
    await conversation.fall_silent()
    assert "Что сделать с этими изображениями?" in words(await anya.last_from_bot())
    assert await conversation.job_count(anya) == 0


async def test_complaint_about_a_result_of_the_group(
    conversation: Conversation, darkroom: Darkroom, anya: User, ben: User
) -> None:
    """Everybody in the group may go on from it."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya, ben])
    _, result = await darkroom.make(anya.in_chat(group))
    his = ben.in_chat(group)
    shown = await conversation.send_text(his, "I don't like it", result["message_id"])
    assert labels(shown)[0].startswith("🔁 Again")
    await conversation.press(his, shown, "🔁 Again")
    assert await conversation.job_count(ben) == 1


async def test_card_stays_open(conversation: Conversation, anya: User) -> None:
    """A card that waits for a prompt gets the next one."""
    await conversation.send_text(anya, "🖼 Изображение")
    await conversation.send_text(anya, "спасибо")
    assert await conversation.job_count(anya) == 0
    await conversation.send_text(anya, "красное яблоко")
    assert (await conversation.job(anya)).request.prompt == "красное яблоко"


async def test_command_takes_any_words(conversation: Conversation, anya: User) -> None:
    """Somebody may want to see a word of thanks."""
    await conversation.send_text(anya, "/image спасибо")
    assert (await conversation.job(anya)).request.prompt == "спасибо"


class TestHelper:
    """Texts that the rules are not sure about."""

    async def ask(self, conversation: Conversation, answer: str | None) -> list[str]:
        """Let the helper answer so; return the texts that it is asked about."""
        asked: list[str] = []

        class Answering(Classifier):
            async def classify(
                self, user_id: int, text: str, kinds: Mapping[str, str]
            ) -> str | None:
                assert user_id
                asked.append(text)
                assert answer is None or answer in kinds
                return answer

        conversation.dispatcher["classifier"] = Answering(None, conversation.dispatcher["charges"])
        return asked

    async def test_helper_recognizes_what_the_rules_do_not(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        admin: User,
        localized: Localized,
    ) -> None:
        """A complaint in other words gets the buttons of the last result."""
        await darkroom.make(admin)
        said = localized("разве это то, о чём я просил?", "did I really ask you for that?")
        asked = await self.ask(conversation, "complaint")
        shown = await conversation.send_text(admin, said)
        assert asked == [said]
        assert labels(shown)[0].startswith("🔁")

    @pytest.mark.parametrize("answer", ["prompt", None])
    async def test_words_are_offered_if_the_helper_does_not_object(
        self, conversation: Conversation, anya: User, answer: str | None
    ) -> None:
        """Also if it is off, down or slow."""
        await self.ask(conversation, answer)
        offer = await conversation.send_text(anya, "ужас")
        assert len(labels(offer)) == 2

    @pytest.mark.parametrize("said", ["кот на скейте", "спасибо", "плакат «Спасибо»"])
    async def test_helper_is_not_asked_about_clear_texts(
        self, conversation: Conversation, anya: User, said: str
    ) -> None:
        """It costs money and time."""
        asked = await self.ask(conversation, "complaint")
        await conversation.send_text(anya, said)
        assert asked == []

    async def test_words_that_the_bot_waits_for_are_a_prompt(
        self, conversation: Conversation, darkroom: Darkroom, anya: User
    ) -> None:
        """The card has asked for them, or they reply to a result."""
        asked = await self.ask(conversation, "complaint")
        await conversation.send_text(anya, "🖼 Изображение")
        await conversation.send_text(anya, "ужас")
        _, result = await darkroom.make(anya)
        await conversation.send_text(anya, "а можно ярче?", result["message_id"])
        assert asked == []
        assert await conversation.job_count(anya) == 3
