"""The model of an order: on the card, in a line, in presets and repeats, and as an admin offers them."""

import asyncio

import pytest

from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from infra.settings import Settings
from tests.user import Message, User
from tests.worker.bot.conversation import ADMIN, Conversation, Localized, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.handlers.test_repeat import fail
from tests.worker.bot.test_forged_callbacks import press
from worker.bot.debounce import REPEATED_WITHIN_MS
from worker.bot.options.model_names import model_id
from worker.bot.options.offers import KEY, MAX_OFFERED, Offer, OfferStore
from worker.bot.services.offered_models import OfferedModels
from worker.jobs.duration_stats import Durations
from worker.users.presets import Preset
from worker.users.roles import Role
from worker.users.store import UserStore

SCHNELL, BANANA, BANANA_2 = "fal-ai/flux/schnell", "fal-ai/nano-banana", "fal-ai/nano-banana-2"


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, tg_admin_user_ids=frozenset({ADMIN}))


@pytest.fixture
def offers(conversation: Conversation) -> OfferStore:
    return OfferStore(conversation.dispatcher["redis"])


@pytest.fixture
def users(conversation: Conversation) -> UserStore:
    store: UserStore = conversation.dispatcher["users"]
    return store


async def offer(store: OfferStore, work: Work, *offered: Offer) -> None:
    await store.change(work, (), lambda _: offered)


async def open_list(conversation: Conversation, user: User, card: Message) -> Message:
    await conversation.press(user, await conversation.look(user, card), "Модель: ")
    return await conversation.look(user, card)


class TestCard:
    async def test_list_has_the_price_of_this_order_and_the_measured_time(
        self, conversation: Conversation, anya: User
    ) -> None:
        """Of these very options; a model that nobody has used yet has no time."""
        for seconds in (11, 12, 13):
            await Durations(conversation.dispatcher["redis"]).record(BANANA, seconds)
        card = await conversation.send_text(anya, "/image")
        await conversation.choose(anya, card, "Количество", "4 шт.")
        shown = await open_list(conversation, anya, card)
        assert "время — сколько обычно" in shown["text"]
        assert labels(shown) == [
            "✓ FLUX.1 schnell · $0,012",
            "Nano Banana · $0,16 · 10 с",
            "FLUX.2 flash · $0,02",
            "Seedream 5 Lite · $0,14",
            "Nano Banana 2 · $0,32",
            "GPT Image 2 · $0,21",
            "← Назад",
        ]

    async def test_choice_is_used_and_remembered(
        self, conversation: Conversation, anya: User
    ) -> None:
        """For this order, the next ones and /settings; fal gets no option of that name."""
        card = await conversation.send_text(anya, "/image")
        await conversation.choose(anya, card, "Модель", "Nano Banana 2")
        answer = await conversation.send_text(anya, "кот")
        assert "Nano Banana 2 · Квадрат 1:1" in answer["text"]
        await conversation.send_text(anya, "/image пёс")
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("пёс", BANANA_2)
        assert "model" not in request.options
        settings = await conversation.send_text(anya, "/settings")
        assert "Модель: Nano Banana 2" in labels(settings)

    async def test_another_model_keeps_what_it_has_and_says_what_it_lacks(
        self, conversation: Conversation, anya: User
    ) -> None:
        """The format that it lacks returns with the model that has it."""
        card = await conversation.send_text(anya, "/video")
        await conversation.choose(anya, card, "Формат", "Широкий 21:9")
        await conversation.choose(anya, card, "Длительность", "8 с")
        shown = await open_list(conversation, anya, card)
        answer = await conversation.press(anya, shown, "Veo 3.1 Lite")
        assert answer["text"] == "Этого модель не умеет: 21:9. Вместо этого: 16:9."
        now = labels(await conversation.look(anya, card))
        assert {"Модель: Veo 3.1 Lite", "✓ 8 с · $0,40"} <= {*now}
        answer = await conversation.press(
            anya, await open_list(conversation, anya, card), "Seedance 1.5 Pro"
        )
        assert answer["text"] is None
        assert "Формат: 21:9" in labels(await conversation.look(anya, card))

    async def test_forged_choice_changes_nothing(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        """A model of other work, one that nobody offers, one for admins only, and no model at all."""
        await offer(
            offers,
            Work.IMAGE,
            Offer(model=SCHNELL),
            Offer(model=BANANA_2, role=Role.ADMIN),
        )
        card = await conversation.send_text(anya, "/image")
        for text in (
            model_id("fal-ai/veo3.1"),
            model_id("fal-ai/qwen-image"),
            model_id(BANANA_2),
            BANANA_2,
            "",
            "aaaaaaaa",
        ):
            answer = await press(conversation, anya, card, f"set|{anya.id}|model|{text}")
            assert answer["show_alert"]
        await conversation.send_text(anya, "кот")
        assert (await conversation.job(anya)).request.model == SCHNELL


class TestLine:
    @pytest.mark.parametrize(
        ("line", "model"),
        [
            ("/image кот --model nano-banana-2", BANANA_2),
            ("/image --model fal-ai/nano-banana-2 кот", BANANA_2),
            ("/image --модель «Nano Banana 2» кот", BANANA_2),
            ("/image кот —model seedream", "bytedance/seedream/v5/lite/text-to-image"),
            ("/image кот --model=GPT", "openai/gpt-image-2"),
            ("/image --model GPT Image 2 кот", "openai/gpt-image-2"),
            ("/image кот --model nano banana 2 --count 1", BANANA_2),
            ("/image Nano Banana 2, кот", BANANA_2),
            ("/image премиум кот", BANANA),
            ("/image --quality standard кот", SCHNELL),
            ("/video кот --model veo-3-1-lite", "fal-ai/veo3.1/lite"),
        ],
    )
    async def test_model_in_a_line(
        self, conversation: Conversation, anya: User, line: str, model: str
    ) -> None:
        """By its title, its endpoint or a part of them, for this order only; «премиум» is the second one."""
        await conversation.send_text(anya, line)
        if not await conversation.job_count(anya):
            await conversation.agree(anya)
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("кот", model)
        card = await conversation.send_text(anya, "/image")
        assert "Модель: FLUX.1 schnell" in labels(card)

    @pytest.mark.parametrize(
        "line", ["--model nano-banana-2 make it blue", "make it blue --model Nano Banana 2"]
    )
    async def test_model_of_an_edit(
        self, conversation: Conversation, anya: User, line: str
    ) -> None:
        """In reply to a photo, the title means the model that edits; the rest are the words, for this order only."""
        photo = await anya.send_photo(drawing())
        await conversation.catch_up()
        await conversation.send_text(anya, line, reply_to=photo["message_id"])
        request = (await conversation.job(anya)).request
        assert (request.prompt, request.model) == ("make it blue", f"{BANANA_2}/edit")
        assert len(request.pictures) == 1
        await conversation.send_text(anya, "make it red", reply_to=photo["message_id"])
        later = (await conversation.job(anya)).request
        assert (later.prompt, later.model) == ("make it red", f"{BANANA}/edit")

    @pytest.mark.parametrize(
        ("asked", "russian", "english"),
        [
            ("banana", "подходит несколько моделей", "Several models match banana."),
            ("midjourney", "такой модели здесь нет", "There is no model midjourney here."),
            ("veo-3-1-lite", "такой модели здесь нет", "There is no model veo-3-1-lite here."),
        ],
    )
    async def test_model_that_is_not_clear_starts_nothing(
        self,
        conversation: Conversation,
        admin: User,
        localized: Localized,
        asked: str,
        russian: str,
        english: str,
    ) -> None:
        """The answer lists what is possible, as it is written."""
        before = await conversation.job_count(admin)
        answer = await conversation.send_text(admin, f"/image кот --model {asked}")
        assert localized(russian, english) in answer["text"]
        assert "nano-banana, " in answer["text"]
        assert "nano-banana-2" in answer["text"]
        assert await conversation.job_count(admin) == before


class TestStoredChoice:
    async def test_quality_of_an_earlier_release_means_the_first_two(
        self, conversation: Conversation, anya: User, users: UserStore
    ) -> None:
        """In the settings, in a preset, and on the button of an open card."""
        await users.remember(anya.id, Work.IMAGE, {"quality": "premium", "size": "wide"})
        await conversation.send_text(anya, "/image кот")
        assert (await conversation.job(anya)).request.model == BANANA
        preset = Preset(number=1, name="Старый", work=Work.IMAGE, options={"quality": "standard"})
        await users.keep_presets(anya.id, (preset,))
        card = await conversation.send_text(anya, "/image")
        await conversation.press(anya, card, "⭐ Старый")
        assert "Модель: FLUX.1 schnell" in labels(await conversation.look(anya, card))
        await press(conversation, anya, card, f"set|{anya.id}|quality|premium")
        assert "Модель: Nano Banana" in labels(await conversation.look(anya, card))

    async def test_preset_remembers_the_model(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        """Also when the default is another one later."""
        card = await conversation.send_text(anya, "/image")
        await conversation.choose(anya, card, "Модель", "Nano Banana 2")
        await conversation.press(anya, await conversation.look(anya, card), "💾")
        card = await conversation.send_text(anya, "Обложки")
        await conversation.choose(anya, card, "Модель", "FLUX.1 schnell")
        await offer(offers, Work.IMAGE, *(Offer(model=each) for each in (SCHNELL, BANANA_2)))
        await conversation.press(anya, await conversation.look(anya, card), "⭐ Обложки")
        await conversation.send_text(anya, "кот")
        assert (await conversation.job(anya)).request.model == BANANA_2

    async def test_model_that_is_gone_is_replaced_with_words(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        """The order waits for a press, once; the next one starts at once."""
        card = await conversation.send_text(anya, "/image")
        await conversation.choose(anya, card, "Модель", "Nano Banana 2")
        await offer(offers, Work.IMAGE, Offer(model=BANANA), Offer(model=SCHNELL))
        card = await conversation.send_text(anya, "/image кот")
        said = "Модель «Nano Banana 2» вам больше не предлагается, вместо неё — Nano Banana."
        assert said in card["text"]
        assert await conversation.job_count(anya) == 0
        await conversation.press(anya, card, "▶️ ")
        assert (await conversation.job(anya)).request.model == BANANA
        await conversation.send_text(anya, "/image пёс")
        assert (await conversation.job(anya)).request.prompt == "пёс"

    async def test_model_that_goes_while_the_card_is_open(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        """The press says so and shows the card again; the next press starts."""
        card = await conversation.send_text(anya, "/image --model gpt 4 шт. кот")
        await offer(offers, Work.IMAGE, Offer(model=SCHNELL))
        answer = await conversation.press(anya, card, "▶️ ")
        assert "вместо неё — FLUX.1 schnell" in answer["text"]
        assert await conversation.job_count(anya) == 0
        await asyncio.sleep(REPEATED_WITHIN_MS / 1000)  # an earlier press is the same one
        await conversation.press(anya, await conversation.look(anya, card), "▶️ ")
        assert (await conversation.job(anya)).request.model == SCHNELL

    async def test_repeat_of_a_model_for_admins_only_opens_the_card(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        """An old button orders nothing that its user may not order."""
        job, card = await fail(conversation, anya, "busy")
        await offer(offers, Work.IMAGE, Offer(model=BANANA), Offer(model=SCHNELL, role=Role.ADMIN))
        answer = await press(conversation, anya, card, f"on|{anya.id}|{job.id}|again||")
        assert answer["show_alert"]
        opened = await anya.last_from_bot()
        assert "вместо неё — Nano Banana" in opened["text"]
        assert await conversation.job_count(anya) == 1


class TestAdmin:
    async def open_models(self, conversation: Conversation, admin: User, *presses: str) -> Message:
        card = await conversation.send_text(admin, "/admin")
        for label in presses:
            await conversation.press(admin, await conversation.look(admin, card), label)
        return await conversation.look(admin, card)

    async def test_list_is_changed(
        self,
        conversation: Conversation,
        admin: User,
        anya: User,
        offers: OfferStore,
        localized: Localized,
    ) -> None:
        """Another default, one model less, a new one for admins only: users see it in the next message."""
        models, images = localized("🧠 Модели", "🧠 Models"), localized("🖼 Изо", "🖼 Image")
        card = await self.open_models(conversation, admin, models, images)
        assert "1. FLUX.1 schnell · $0" in card["text"]
        steps = [
            *("Nano Banana", localized("⬆️ Выше", "⬆️ Up")),
            *("GPT Image 2", localized("Убрать", "Remove")),
            *(localized("➕ Добавить", "➕ Add"), "Qwen Image 2 · "),
            *("Qwen Image 2", localized("Кому: всем", "For: everyone")),
            localized("Кому: всем, кроме гостей", "For: everyone but guests"),
        ]
        for label in steps:
            await conversation.press(admin, await conversation.look(admin, card), label)
        stored = (await offers.read())[Work.IMAGE]
        assert [each.model for each in stored][:2] == [BANANA, SCHNELL]
        assert stored[-1] == Offer(model="fal-ai/qwen-image-2/text-to-image", role=Role.ADMIN)
        theirs = labels(
            await open_list(conversation, anya, await conversation.send_text(anya, "/image"))
        )
        assert theirs[0] == "✓ Nano Banana · $0,039"
        assert not any(label.startswith(("GPT", "Qwen")) for label in theirs)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("command", "work"),
        [("/image", ("🖼 Изо", "🖼 Image")), ("/video", ("🎬 Видео", "🎬 Video"))],
    )
    async def test_prices_are_those_of_a_first_card(
        self,
        conversation: Conversation,
        admin: User,
        localized: Localized,
        command: str,
        work: tuple[str, str],
    ) -> None:
        """The list of offered models shows the prices that users see before they change an option."""
        card = await conversation.send_text(admin, command)
        await conversation.press(admin, card, localized("Модель: ", "Model: "))
        *theirs, _ = labels(await conversation.look(admin, card))
        models = localized("🧠 Модели", "🧠 Models")
        shown = await self.open_models(conversation, admin, models, localized(*work))
        for number, label in enumerate(theirs, start=1):
            assert f"{number}. {label.removeprefix('✓ ')} · " in shown["text"]

    async def test_model_that_is_not_offered_has_the_price_of_its_first_card(
        self, conversation: Conversation, admin: User, offers: OfferStore, localized: Localized
    ) -> None:
        await offer(offers, Work.IMAGE, Offer(model=SCHNELL))
        models, images = localized("🧠 Модели", "🧠 Models"), localized("🖼 Изо", "🖼 Image")
        add = localized("➕ Добавить", "➕ Add")
        shown = await self.open_models(conversation, admin, models, images, add)
        assert localized("GPT Image 2 · $0,053", "GPT Image 2 · $0.053") in labels(shown)

    async def test_defaults_return(
        self, conversation: Conversation, admin: User, offers: OfferStore, localized: Localized
    ) -> None:
        await offer(offers, Work.IMAGE, Offer(model=BANANA))
        models, images = localized("🧠 Модели", "🧠 Models"), localized("🖼 Изо", "🖼 Image")
        reset = localized("↩️ Как", "↩️ As")
        card = await self.open_models(conversation, admin, models, images, reset)
        assert "1. FLUX.1 schnell" in card["text"]
        assert await offers.read() == {}

    async def test_one_model_stays_for_everyone(
        self, conversation: Conversation, admin: User, offers: OfferStore, localized: Localized
    ) -> None:
        """It can neither be removed nor restricted, and the list is bounded; each says why."""
        await offer(offers, Work.IMAGE, Offer(model=BANANA), Offer(model=SCHNELL, role=Role.ADMIN))
        card = await conversation.send_text(admin, "/admin")
        for action in ("drop", "role"):
            data = f"mdl|{admin.id}|{action}|image|{model_id(BANANA)}|0"
            answer = await press(conversation, admin, card, data)
            assert localized("Хотя бы одна", "At least one") in answer["text"]
        every = [Offer(model=each.endpoint) for each in MODELS.of_work(Work.IMAGE)]
        await offer(offers, Work.IMAGE, *every[:MAX_OFFERED])
        data = f"mdl|{admin.id}|add|image|{model_id(every[-1].model)}|0"
        answer = await press(conversation, admin, card, data)
        assert localized("уже 8 моделей", "has 8 models") in answer["text"]
        assert len((await offers.read())[Work.IMAGE]) == MAX_OFFERED

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "rest", ["add|image|aaaaaaaa|0", "up|image||0", "show|image|x|0", "all|image||999"]
    )
    async def test_forged_change_is_harmless(
        self, conversation: Conversation, admin: User, anya: User, offers: OfferStore, rest: str
    ) -> None:
        """An admin's changes no more than the list can be; another user's does nothing."""
        card = await conversation.send_text(admin, "/admin")
        await press(conversation, admin, card, f"mdl|{admin.id}|{rest}")
        theirs = await conversation.send_text(anya, "/help")
        await press(conversation, anya, theirs, f"mdl|{anya.id}|add|image|{model_id(BANANA_2)}|0")
        changed = await offers.read()
        known = [each.model for each in changed.get(Work.IMAGE, ())]
        assert known in ([], [SCHNELL, BANANA, *known[2:]])
        assert len(known) in (0, 6)

    async def test_changes_of_two_admins_at_once_are_both_kept(
        self, conversation: Conversation, offers: OfferStore
    ) -> None:
        """A change that is made between reading and writing the list is not overwritten."""
        models: OfferedModels = conversation.dispatcher["offered_models"]
        added = ("fal-ai/qwen-image", "ideogram/v4")
        await asyncio.gather(*(models.add(Work.IMAGE, model_id(each)) for each in added))
        stored = (await offers.read())[Work.IMAGE]
        assert {*added} <= {each.model for each in stored}

    async def test_damaged_list_counts_as_unchanged(
        self, conversation: Conversation, anya: User, offers: OfferStore
    ) -> None:
        await conversation.dispatcher["redis"].hset(KEY, "image", "{")
        assert await offers.read() == {}
        await conversation.send_text(anya, "/image кот")
        assert (await conversation.job(anya)).request.model == SCHNELL
