"""The prompt helper in the chat: better words, descriptions, and a check of the text on an image."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from infra.fal.direct_run import DirectRuns
from infra.fal.language_model import LanguageModel
from infra.fal.model import Work
from infra.http_client import create_client
from infra.images.box import Box
from infra.sandbox.fal.options import Options
from infra.settings import Settings
from infra.storage.store import Storage
from tests.infra.sandbox.fal.server import serve
from tests.message import button_data, words
from tests.user import Message, User, create_group
from tests.worker.bot.conversation import Conversation, Localized, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press as forge
from worker.limits.ledger import Ledger
from worker.prompt_helper import questions
from worker.prompt_helper.charges import Charges, Purpose

KEY = "sandbox:key"
DOWN = {"status": 500}
FAILING = pytest.mark.parametrize(
    "failing", [{"status": 503}, {"mode": "nonsense"}, {"delay": 5}], indirect=True
)
BOX = {"left": 300, "top": 400, "right": 700, "bottom": 500}
REPAIRED = Box(left=265, top=365, right=735, bottom=535)


@pytest.fixture(scope="module")
async def fal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with serve(Options(tmp_path_factory.mktemp("fal"), 0.0)) as address:
        yield address


@pytest.fixture
def settings(fal: str) -> Settings:
    """Every price is shown first."""
    return Settings(_env_file=None, fal_api_key=KEY, fal_run_base_url=fal, confirm_above=0)


@pytest.fixture
async def language_model(settings: Settings) -> AsyncIterator[LanguageModel | None]:
    async with create_client() as http:
        model = settings.text_model
        yield LanguageModel(DirectRuns.open(settings, http), model) if model else None


class Fal:
    """Control of the fake, and what it billed."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def behave(self, **how: object) -> None:
        (await self._http.put("/direct", json=how)).raise_for_status()

    async def answer(self, answer: object) -> None:
        await self.behave(answer=json.dumps(answer, ensure_ascii=False))

    async def runs(self) -> int:
        """Return how often the language model was paid."""
        answer = await self._http.get(
            "/v1/models/billing-events",
            params={"limit": 1000},
            headers={"authorization": f"Key admin-{KEY}"},
        )
        return len(answer.raise_for_status().json()["billing_events"])


@pytest.fixture
async def model(fal: str) -> AsyncIterator[Fal]:
    async with httpx.AsyncClient(base_url=fal, trust_env=False) as http:
        yield Fal(http)
        await http.delete("/direct")


@pytest.fixture
async def failing(
    request: pytest.FixtureRequest, model: Fal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the language model fail like this, and wait only shortly for it."""
    monkeypatch.setattr(questions, "TIMEOUT", 0.3)
    await model.behave(**request.param)


@pytest.fixture
async def user(conversation: Conversation, anya: User, language: str) -> User:
    await conversation.enter(anya, language)
    return anya


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def finish(
    darkroom: Darkroom, user: User, order: str = "/image вывеска «Открыто»", count: int = 1
) -> Message:
    """Return the message with the buttons of a finished order."""
    await darkroom.conversation.send_text(user, order)
    await darkroom.conversation.agree(user)
    _, shown = await darkroom.finish(await darkroom.conversation.job(user), user, count)
    return shown


def versions_in(message: Message) -> list[str]:
    return formatted(message, "blockquote")


def formatted(message: Message, kind: str) -> list[str]:
    text = words(message).encode("utf-16-le")
    return [
        text[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        for entity in message.get("entities", [])
        if entity["type"] == kind
    ]


class TestImprove:
    @pytest.mark.slow
    async def test_version_of_the_cards_words_is_ordered(
        self, conversation: Conversation, user: User, localized: Localized
    ) -> None:
        """Three versions in the card's place, in the language of the words; the choice fills the card."""
        asked = localized("кот у вывески «Кафе»", "a cat at a sign “Café”")
        card = await conversation.send_text(user, f"/image {asked}")
        await conversation.press(user, card, "✨")
        shown = await conversation.look(user, card)
        versions = versions_in(shown)
        assert len(set(versions)) == 3
        assert all(asked in version for version in versions)
        assert labels(shown)[:3] == ["1", "2", "3"]
        assert localized("Помощник: ", "Helper: ") in words(shown)
        await conversation.press(user, shown, "2")
        filled = await conversation.look(user, card)
        assert versions[1] in words(filled)
        start = next(label for label in labels(filled) if label.startswith("▶️"))
        assert localized("$0,003", "$0.003") in start
        await conversation.press(user, filled, "▶️")
        assert (await conversation.job(user)).request.prompt == versions[1]

    async def test_own_words_can_be_kept(
        self, conversation: Conversation, user: User, localized: Localized
    ) -> None:
        """The card is as it was before."""
        card = await conversation.send_text(user, "/image кот")
        await conversation.press(user, card, "✨")
        shown = await conversation.look(user, card)
        await conversation.press(user, shown, localized("Оставить", "Keep"))
        assert words(await conversation.look(user, card)) == words(card)

    async def test_version_can_be_edited(self, conversation: Conversation, user: User) -> None:
        """A tap copies it; the next message is the prompt."""
        card = await conversation.send_text(user, "/image кот")
        await conversation.press(user, card, "✨")
        shown = await conversation.look(user, card)
        versions = versions_in(shown)
        await conversation.press(user, shown, "✏️")
        assert formatted(await conversation.look(user, card), "code") == versions
        await conversation.send_text(user, f"{versions[0]} и пёс")
        assert (await conversation.job(user)).request.prompt == f"{versions[0]} и пёс"

    async def test_offer_becomes_the_card_with_versions(
        self, conversation: Conversation, user: User
    ) -> None:
        """No other message comes."""
        offer = await conversation.send_text(user, "кот у окна")
        await conversation.press(user, offer, "✨")
        shown = await conversation.look(user, offer)
        assert len(versions_in(shown)) == 3
        await conversation.press(user, shown, "1")
        await conversation.press(user, await conversation.look(user, offer), "▶️")
        assert (await conversation.job(user)).request.prompt == versions_in(shown)[0]

    async def test_words_of_a_result_are_improved_on_a_card(
        self, conversation: Conversation, darkroom: Darkroom, user: User, localized: Localized
    ) -> None:
        """With the model and the options of the result."""
        shown = await finish(darkroom, user, "/image кот --seed 5 --ar 16:9")
        await conversation.press(user, shown, localized("✨ Улучшить", "✨ Improve"))
        first = await conversation.job(user)
        card = await user.last_from_bot()
        await conversation.press(user, card, "3")
        await conversation.agree(user)
        now = await conversation.job(user)
        assert now.request.prompt == versions_in(card)[2]
        assert now.request.options == first.request.options

    @pytest.mark.slow
    @pytest.mark.usefixtures("failing")
    @pytest.mark.parametrize(
        "failing",
        [
            {"status": 500},
            {"delay": 5},
            *({"mode": mode} for mode in ("refuse", "nonsense", "wrong_language")),
            *({"mode": mode} for mode in ("error", "empty", "partial")),
            {"answer": '{"versions": ["Ein Kater", 5]}'},
            {"answer": '{"versions": []}'},
            {"answer": '{"versions": ["a cat in another language"]}'},
            {"answer": '{"versions": ["кот под вывеской «Открыта»"]}'},
        ],
        indirect=True,
    )
    async def test_own_words_stay_when_the_helper_cannot(
        self, conversation: Conversation, user: User, localized: Localized
    ) -> None:
        """Down, slow, refusing, nonsense, another language, a lost inscription: a sentence, and the order goes on."""
        card = await conversation.send_text(user, "/image кот под вывеской «Открыто»")
        await conversation.press(user, card, "✨")
        shown = await conversation.look(user, card)
        assert localized("Ваши слова остались", "Your words are unchanged") in words(shown)
        assert words(card) in words(shown)
        await conversation.press(user, shown, "▶️")
        asked = (await conversation.job(user)).request.prompt
        assert asked == "кот под вывеской «Открыто»"

    async def test_repeated_questions_are_paid_once(
        self, conversation: Conversation, user: User, localized: Localized, model: Fal
    ) -> None:
        """A double press, and a second look: the answer is kept."""
        card = await conversation.send_text(user, "/image кот")
        before = await model.runs()
        improve = button_data(card, localized("✨ Улучшить", "✨ Improve"))
        for _ in range(2):
            await user.press(card, improve)
        await conversation.catch_up()
        shown = await conversation.look(user, card)
        await conversation.press(user, shown, localized("Оставить", "Keep"))
        await conversation.press(user, await conversation.look(user, card), "✨")
        again = await conversation.look(user, card)
        assert versions_in(again) == versions_in(shown)
        assert localized("Помощник: ", "Helper: ") not in words(again)
        assert await model.runs() == before + 1


class TestOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_api_key=KEY, fal_text_model="off", confirm_above=0)

    async def test_nothing_shows_that_there_is_a_helper(
        self, conversation: Conversation, darkroom: Darkroom, user: User, localized: Localized
    ) -> None:
        """On a card with words, with a photo, under an offer and under a result."""
        seen = [await conversation.send_text(user, "кот"), await photo_card(conversation, user)]
        seen.append(await conversation.send_text(user, "/image кот"))
        shown = await finish(darkroom, user)
        await conversation.press(user, shown, "⋯")
        seen.append(await conversation.look(user, shown))
        improve = localized("✨ Улучшить", "✨ Improve")
        for message in seen:
            assert labels(message)
            for label in labels(message):
                assert not label.startswith((improve, "📝", "🔎"))

    async def test_old_buttons_are_declined(self, conversation: Conversation, user: User) -> None:
        """They were sent before it was switched off."""
        card = await conversation.send_text(user, "/image кот")
        assert (await forge(conversation, user, card, f"better|{user.id}"))["show_alert"]


async def photo_card(conversation: Conversation, user: User) -> Message:
    await user.send_photo(drawing())
    await conversation.catch_up()
    return await user.last_from_bot()


class TestDescribe:
    async def test_photo_is_described_and_made_again(
        self, conversation: Conversation, user: User, localized: Localized
    ) -> None:
        """In the card's place and the user's language; a press makes an image without the photo."""
        card = await photo_card(conversation, user)
        await conversation.press(user, card, "📝")
        shown = await conversation.look(user, card)
        (description,) = formatted(shown, "code")
        assert localized("Красное изображение", "An image in red") in description
        assert localized("· $0,003", "· $0.003") in labels(shown)[0]
        await conversation.press(user, shown, "▶️")
        request = (await conversation.job(user)).request
        assert (request.prompt, request.pictures) == (description, ())
        assert not await conversation.is_shown(user, card)

    async def test_way_back_leads_to_the_photos_card(
        self, conversation: Conversation, user: User
    ) -> None:
        """The photo can be edited as before."""
        card = await photo_card(conversation, user)
        await conversation.press(user, card, "📝")
        await conversation.press(user, await conversation.look(user, card), "←")
        assert words(await conversation.look(user, card)) == words(card)

    async def test_one_image_of_an_album_is_described(
        self, conversation: Conversation, darkroom: Darkroom, user: User
    ) -> None:
        """In reply to the buttons; the description can be used once its card is closed."""
        shown = await finish(darkroom, user, count=2)
        await conversation.press(user, shown, "📝")
        await conversation.press(user, await conversation.look(user, shown), "2")
        answer = await user.last_from_bot()
        (description,) = formatted(answer, "code")
        assert answer["reply_to_message"]["message_id"] == shown["message_id"]
        await conversation.press(user, answer, "▶️")
        assert (await conversation.job(user)).request.prompt == description
        left = labels(await conversation.look(user, answer))
        assert not [label for label in left if label.startswith("▶️")]

    @pytest.mark.slow
    @FAILING
    @pytest.mark.usefixtures("failing")
    async def test_failure_is_said_on_the_card(
        self, conversation: Conversation, user: User, localized: Localized
    ) -> None:
        """The photo's card stays."""
        card = await photo_card(conversation, user)
        await conversation.press(user, card, "📝")
        shown = await conversation.look(user, card)
        assert localized("Описать сейчас не получилось", "I cannot describe it") in words(shown)
        assert labels(shown) == labels(card)


class TestCheck:
    async def test_right_text_is_confirmed(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        user: User,
        localized: Localized,
        model: Fal,
    ) -> None:
        """By one message without buttons."""
        shown = await finish(darkroom, user)
        await model.answer({"texts": [{"text": "ОТКРЫТО", "box": BOX}], "asked": []})
        await conversation.press(user, shown, "🔎")
        answer = await user.last_from_bot()
        assert localized("Всё верно: «Открыто»", "The text is right: “Открыто”") in words(answer)
        assert not labels(answer)

    async def test_wrong_spot_is_marked_and_repaired(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        user: User,
        localized: Localized,
        model: Fal,
    ) -> None:
        """The letters that differ are marked; the repair repaints the box of the text for the price that it shows."""
        shown = await finish(darkroom, user)
        first = await conversation.job(user)
        await model.answer({"texts": [{"text": "Откырто", "box": BOX}], "asked": []})
        before = await model.runs()
        await conversation.press(user, shown, "🔎")
        answer = await user.last_from_bot()
        assert localized("Нужно: «Открыто»", "Asked for: “Открыто”") in words(answer)
        assert localized("изображении: «Откырто»", "image: “Откырто”") in words(answer)
        assert formatted(answer, "underline") == ["ы", "ы"]
        (repair,) = labels(answer)
        assert repair.startswith(
            localized("🖌 Исправить только это место · $", "🖌 Repair just this spot · $")
        )
        await conversation.press(user, answer, "🖌")
        request = (await conversation.job(user)).request
        assert request.mask
        assert request.mask.boxes == (REPAIRED,)
        assert [picture.key for picture in request.pictures] == [first.files[0].key]
        assert "Открыто" in request.prompt
        assert request.source == first.id
        assert not labels(await conversation.look(user, answer))
        assert await model.runs() == before + 1

    async def test_missing_text_is_repaired_by_an_edit(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        user: User,
        localized: Localized,
        model: Fal,
    ) -> None:
        """Its place is not known."""
        shown = await finish(darkroom, user)
        await model.answer({"texts": [], "asked": []})
        await conversation.press(user, shown, "🔎")
        answer = await user.last_from_bot()
        assert localized("на изображении нет", "is not on the image") in words(answer)
        await conversation.press(user, answer, "✏️")
        request = (await conversation.job(user)).request
        assert request.mask is None
        assert (
            request.model == conversation.dispatcher["catalog"].model(Work.IMAGE_EDIT, {}).endpoint
        )

    async def test_text_of_the_image_cannot_break_the_message(
        self, conversation: Conversation, darkroom: Darkroom, user: User, model: Fal
    ) -> None:
        """It is shown letter by letter."""
        shown = await finish(darkroom, user, "/image a sign “<b>&amp;”")
        await model.answer({"texts": [{"text": "<b>&amb;</b>", "box": BOX}], "asked": []})
        await conversation.press(user, shown, "🔎")
        assert "<b>&amb" in words(await user.last_from_bot())

    async def test_only_prompts_with_text_can_be_checked(
        self, conversation: Conversation, darkroom: Darkroom, user: User
    ) -> None:
        """No button elsewhere."""
        for order, buttons in (("/image кот", 0), ("/image вывеска «Открыто»", 1)):
            shown = await finish(darkroom, user, order)
            await conversation.press(user, shown, "⋯")
            offered = labels(await conversation.look(user, shown))
            assert sum("🔎" in label for label in offered) == buttons

    @pytest.mark.slow
    @FAILING
    @pytest.mark.usefixtures("failing")
    async def test_failure_is_said_in_one_sentence(
        self, conversation: Conversation, darkroom: Darkroom, user: User, localized: Localized
    ) -> None:
        """With the next step."""
        shown = await finish(darkroom, user)
        await conversation.press(user, shown, "🔎")
        said = words(await user.last_from_bot())
        assert localized("Прочитать надпись сейчас не получилось", "I cannot read the text") in said


class TestMoney:
    async def test_answer_is_charged_to_its_user(
        self, conversation: Conversation, user: User, model: Fal
    ) -> None:
        """Also one that cannot be used: fal has billed it; what fal does not bill is not charged."""
        ledger: Ledger = conversation.dispatcher["ledger"]
        spent = [0.0]
        flaws: list[dict[str, object]] = [{"mode": "nonsense"}, {"mode": "partial"}]
        behaviours: list[Mapping[str, object]] = [{}, *flaws, DOWN]
        for words_of_card, behaviour in zip("абвг", behaviours, strict=True):
            await model.behave(**behaviour)
            card = await conversation.send_text(user, f"/image {words_of_card}")
            await conversation.press(user, card, "✨")
            spent.append((await ledger.read()).users[user.id].dollars)
        assert spent[0] < spent[1] < spent[2] < spent[3] == spent[4]

    async def test_helper_is_refused_over_budget(
        self,
        conversation: Conversation,
        darkroom: Darkroom,
        user: User,
        localized: Localized,
        model: Fal,
    ) -> None:
        """With the usual text; nothing is asked."""
        shown = await finish(darkroom, user)
        before = await model.runs()
        charges: Charges = conversation.dispatcher["charges"]
        await charges.charge(user.id, 6, purpose=Purpose.SPEECH, request_id="a")
        await conversation.press(user, shown, "📝")
        said = words(await user.last_from_bot())
        assert localized("бюджет", "budget") in said.lower()
        assert await model.runs() == before


async def test_group_sees_that_the_bot_is_at_work_in_its_topic(
    conversation: Conversation, user: User
) -> None:
    """The chat action goes where the answer comes; only its user sees the card, where a version is chosen."""
    group = await create_group(str(conversation.telegram.base_url), "Студия", [user])
    there = user.in_chat(group)
    card = await conversation.send_text(there, "/image@darkroom_bot кот")
    await conversation.press(there, card, "✨")
    actions = await conversation.calls("sendChatAction")
    assert (actions[-1]["chat_id"], actions[-1]["action"]) == (str(group["id"]), "typing")
    shown = await conversation.look(there, card)
    await conversation.press(there, shown, "✏️")
    copies = await conversation.look(there, card)
    assert formatted(copies, "code") == versions_in(shown)
    await conversation.send_text(there, versions_in(shown)[1], reply_to=card["message_id"])
    assert (await conversation.job(user)).request.prompt == versions_in(shown)[1]


async def test_colleague_in_a_group_checks_a_result_at_their_own_expense(
    conversation: Conversation, darkroom: Darkroom, user: User, ben: User, model: Fal
) -> None:
    """The repair is theirs, too, and descends from the result."""
    base_url = str(conversation.telegram.base_url)
    group = await create_group(base_url, "Студия", [user, ben])
    there, colleague = user.in_chat(group), ben.in_chat(group)
    shown = await finish(darkroom, there, "/image@darkroom_bot вывеска «Открыто»")
    first = await conversation.job(user)
    await model.answer({"texts": [{"text": "Откырто", "box": BOX}], "asked": []})
    await conversation.press(colleague, shown, "🔎")
    answer = await colleague.last_from_bot()
    assert "Asked for: “Открыто”" in words(answer)
    ledger: Ledger = conversation.dispatcher["ledger"]
    assert (await ledger.read()).users[ben.id].dollars > 0
    await conversation.press(colleague, answer, "🖌")
    request = (await conversation.job(ben)).request
    assert (request.source, request.source_file) == (first.id, 0)


async def test_help_names_the_buttons_of_the_helper(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """Where the operator has switched it on, in the user's language."""
    for user, buttons in (
        (anya, ("✨ Улучшить", "📝 Описать", "🔎 Проверить надпись")),
        (ben, ("✨ Improve", "📝 Describe", "🔎 Check the text")),
    ):
        text = (await conversation.send_text(user, "/help"))["text"]
        assert [button for button in buttons if button not in text] == []
