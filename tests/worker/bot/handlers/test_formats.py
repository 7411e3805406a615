"""The formats of an order: their view on the card of an image, and under a result."""

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.storage.store import Storage
from tests.message import words
from tests.user import Message, User
from tests.worker.bot.conversation import Conversation, Localized, labels
from tests.worker.bot.drawings import drawing
from tests.worker.bot.results import Darkroom
from tests.worker.bot.test_forged_callbacks import press as forge
from worker.limits.limits import Limit, Limits, LimitStore
from worker.model import CROP, SetPurpose, Status

RATIOS = ["1:1", "4:5", "9:16", "16:9"]
SIZES = ["square", "4:5", "9:16", "wide"]


@pytest.fixture
async def user(conversation: Conversation, anya: User, language: str) -> User:
    await conversation.enter(anya, language)
    return anya


@pytest.fixture
def darkroom(conversation: Conversation, files: Storage, tmp_path: Path) -> Darkroom:
    return Darkroom(conversation, files, tmp_path)


async def open_formats(conversation: Conversation, user: User) -> Message:
    card = await conversation.send_text(user, "/image")
    await conversation.press(user, card, "🔲")
    return await conversation.look(user, card)


def chosen(card: Message) -> list[str]:
    """Return the ratios that are marked."""
    marked = [label for label in labels(card) if label.startswith("✓ ")]
    return [label.removeprefix("✓ ").partition(" · ")[0] for label in marked]


async def sizes(conversation: Conversation, user: User) -> list[object]:
    jobs = (await conversation.jobs.page(user_id=user.id)).jobs
    return [job.request.options["size"] for job in reversed(jobs)]


async def test_card_says_what_all_formats_cost(
    conversation: Conversation, user: User, localized: Localized
) -> None:
    """The button has the number and the sum, and the view has all of them chosen, with their prices."""
    card = await conversation.send_text(user, "/image")
    total = localized("$0,012", "$0.012")
    assert localized(f"🔲 Форматы: 4 за {total}", f"🔲 Formats: 4 for {total}") in labels(card)
    opened = await open_formats(conversation, user)
    assert chosen(opened) == RATIOS
    assert total in words(opened)
    await conversation.press(user, opened, "9:16")
    fewer = await conversation.look(user, opened)
    assert chosen(fewer) == ["1:1", "4:5", "16:9"]
    assert localized("$0,009", "$0.009") in words(fewer)


async def test_words_order_the_chosen_formats(conversation: Conversation, user: User) -> None:
    """One press less, one job less; each job makes one image, also for a user who orders several."""
    card = await conversation.send_text(user, "/image --count 3")
    await conversation.press(user, card, "🔲")
    opened = await conversation.look(user, card)
    await conversation.press(user, opened, "4:5")
    shown = await conversation.send_text(user, "красное яблоко")
    assert await sizes(conversation, user) == ["square", "9:16", "wide"]
    jobs = (await conversation.jobs.page(user_id=user.id)).jobs
    assert [job.request.options["count"] for job in jobs] == [1, 1, 1]
    purposes = {job.request.job_set.purpose for job in jobs if job.request.job_set}
    assert purposes == {SetPurpose.FORMATS}
    assert len([line for line in words(shown).splitlines() if line.startswith(tuple(RATIOS))]) == 3
    assert labels(shown)[0].startswith("✖️")


async def test_no_format_orders_nothing(
    conversation: Conversation, user: User, localized: Localized
) -> None:
    """Without a chosen format the words wait, and the card says what is missing."""
    opened = await open_formats(conversation, user)
    for ratio in RATIOS:
        await conversation.press(user, opened, ratio)
        opened = await conversation.look(user, opened)
    asked = await conversation.send_text(user, "красное яблоко")
    assert await conversation.job_count(user) == 0
    assert localized("Выберите хотя бы один формат", "Choose at least one format") in words(asked)
    await conversation.press(user, asked, "16:9")
    ready = await conversation.look(user, asked)
    await conversation.press(user, ready, "▶️")
    assert await sizes(conversation, user) == ["wide"]


async def test_way_back_leads_to_one_image(conversation: Conversation, user: User) -> None:
    """A look at the formats changes nothing about the order."""
    opened = await open_formats(conversation, user)
    await conversation.press(user, opened, "←")
    await conversation.send_text(user, "красное яблоко")
    assert await conversation.job_count(user) == 1


async def test_set_beyond_the_limit_is_refused_whole(
    conversation: Conversation, user: User, settings: Settings, localized: Localized
) -> None:
    """The refusal says how many jobs there are, how many are possible, and what to do."""
    limits = LimitStore(conversation.dispatcher["redis"], Limits.of(settings))
    await limits.set(Limit.USER_MAX_JOBS, 4)
    await conversation.send_text(user, "/image красное яблоко")
    await open_formats(conversation, user)
    answer = await conversation.send_text(user, "красное яблоко")
    assert await conversation.job_count(user) == 1
    assert localized("здесь ещё 4", "this is 4 more") in words(answer)


async def test_set_beyond_the_budget_is_refused_whole(
    conversation: Conversation, user: User, settings: Settings
) -> None:
    """The sum counts: three of the four would fit."""
    limits = LimitStore(conversation.dispatcher["redis"], Limits.of(settings))
    await limits.set(Limit.USER_DAILY_BUDGET, 0.01)
    await open_formats(conversation, user)
    answer = await conversation.send_text(user, "красное яблоко")
    assert await conversation.job_count(user) == 0
    assert "0,01" in words(answer) or "0.01" in words(answer)


async def test_result_leads_to_its_formats(
    conversation: Conversation, user: User, darkroom: Darkroom
) -> None:
    """The words of the result are there, and the image is the reference of each format."""
    job, message = await darkroom.make(user)
    await conversation.press(user, message, "🔲")
    card = await user.last_from_bot()
    assert "красное яблоко" in words(card)
    assert chosen(card) == RATIOS
    await conversation.press(user, card, "▶️")
    assert await sizes(conversation, user) == ["square", *SIZES]
    made = await conversation.job(user)
    assert made.request.source == job.id
    assert [picture.key for picture in made.request.pictures] == [job.files[0].key]


class TestWithoutFormatsOfEdits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_image_edit_model="fal-ai/flux/dev/image-to-image")

    async def test_words_alone_are_the_idea(
        self, conversation: Conversation, user: User, darkroom: Darkroom
    ) -> None:
        """An edit keeps its shape with this model, so each format is made from the words."""
        _, message = await darkroom.make(user)
        await conversation.press(user, message, "🔲")
        await conversation.press(user, await user.last_from_bot(), "▶️")
        made = await conversation.job(user)
        assert (made.request.prompt, made.request.pictures) == ("красное яблоко", ())

    async def test_formats_of_an_edit_in_a_line_are_declined(
        self, conversation: Conversation, user: User
    ) -> None:
        """The card would offer one image without a word about the formats."""
        photo = await user.send_photo(drawing())
        await conversation.catch_up()
        line = "сделай синим --formats all"
        answer = await conversation.send_text(user, line, reply_to=photo["message_id"])
        assert words(answer).startswith("--formats — ")
        assert await conversation.job_count(user) == 0


async def test_crop_costs_nothing_and_is_made_once(
    conversation: Conversation, user: User, darkroom: Darkroom
) -> None:
    """The job starts with the stored result; a second tap starts no second one."""
    job, message = await darkroom.make(user)
    await conversation.press(user, message, "🔲")
    card = await user.last_from_bot()
    for _ in range(2):
        await conversation.press(user, card, "✂️ 9:16")
    assert await conversation.job_count(user) == 2
    crop = await conversation.job(user)
    assert (crop.request.model, crop.cost, crop.status) == (CROP, 0, Status.COMPLETED)
    assert crop.result_urls == (job.files[0].key,)
    assert crop.request.source == job.id


async def test_crop_of_a_deleted_file_is_explained(
    conversation: Conversation, user: User, darkroom: Darkroom, localized: Localized
) -> None:
    """No job is created when the storage has no image any more."""
    job, message = await darkroom.make(user)
    await conversation.press(user, message, "🔲")
    await darkroom.files.delete(job.files[0].key)
    answer = await conversation.press(user, await user.last_from_bot(), "✂️ 1:1")
    assert localized("обрезать нечего", "nothing to crop") in str(answer["text"])
    assert await conversation.job_count(user) == 1


@pytest.mark.parametrize(
    ("line", "ordered"),
    [
        ("красное яблоко --formats 9:16, 1:1", ["square", "9:16"]),
        ("--форматы 16:9 красное яблоко", ["wide"]),
        ("красное яблоко —formats all", SIZES),
    ],
)
async def test_formats_in_a_line(
    conversation: Conversation, user: User, line: str, ordered: list[str]
) -> None:
    """A flag orders them without the card, in their own order."""
    await conversation.send_text(user, f"/image {line}")
    assert await sizes(conversation, user) == ordered
    assert (await conversation.job(user)).request.prompt == "красное яблоко"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/image красное яблоко --formats 3:4", "1:1, 4:5, 9:16, 16:9"),
        ("/image красное яблоко --formats 1:1,3:4", "1:1, 4:5, 9:16, 16:9"),
        ("/video красное яблоко --formats all", "--formats"),
    ],
)
async def test_impossible_formats_start_nothing(
    conversation: Conversation, user: User, line: str, said: str
) -> None:
    """The answer names what is possible."""
    answer = await conversation.send_text(user, line)
    assert said in words(answer)
    assert await conversation.job_count(user) == 0


class TestWithoutSomeFormats:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, fal_standard_model="xai/grok-imagine-image")

    async def test_card_shows_what_the_model_lacks(
        self, conversation: Conversation, user: User
    ) -> None:
        """Nothing starts before the user has seen that one of the formats is not possible."""
        card = await conversation.send_text(user, "/image красное яблоко --formats 1:1,4:5")
        assert await conversation.job_count(user) == 0
        assert chosen(card) == ["1:1"]
        assert not [label for label in labels(card) if "4:5" in label]


@pytest.mark.parametrize("owner", ["own", "author's"])
async def test_forged_press_does_nothing_to_another_users_jobs(
    conversation: Conversation, anya: User, ben: User, darkroom: Darkroom, owner: str
) -> None:
    """No crop, no actions on a result and no cancellation of a set, with either user as the owner in the data."""
    made, _ = await darkroom.make(anya)
    await conversation.send_text(anya, "/image кот --formats 1:1,9:16")
    active = await conversation.job(anya)
    theirs = await conversation.send_text(ben, "/help")
    before = labels(theirs)
    named = ben.id if owner == "own" else anya.id
    for data in (
        f"crop|{named}|{made.id}|0|9:16",
        f"pick|{named}|{made.id}",
        f"stops|{named}|{active.id}",
        f"on|{named}|{made.id}|formats|0|",
    ):
        answer = await forge(conversation, ben, theirs, data)
        assert answer["show_alert"], data
    assert labels(await conversation.look(ben, theirs)) == before
    assert await conversation.job_count(ben) == 0
    assert await conversation.job_count(anya) == 3
    now = await conversation.jobs.get(active.id)
    assert now
    assert not now.cancel_requested


@pytest.mark.slow
@pytest.mark.parametrize(
    "rest", ["1|9:16", "-1|9:16", "999999|9:16", "0|3:7", "0|", "x|9:16", "|9:16"]
)
async def test_forged_crop_out_of_bounds_makes_nothing(
    conversation: Conversation, anya: User, darkroom: Darkroom, rest: str
) -> None:
    """A file that the job lacks, and a format that no button has."""
    made, message = await darkroom.make(anya)
    answer = await forge(conversation, anya, message, f"crop|{anya.id}|{made.id}|{rest}")
    assert answer["show_alert"]
    assert await conversation.job_count(anya) == 1


@pytest.mark.parametrize(
    "data", ["set|{}|count|99", "set|{}|size|3:7", "set|{}|seed|1", "fmt|{}|3:7"]
)
async def test_forged_press_on_a_card_changes_no_order(
    conversation: Conversation, anya: User, data: str
) -> None:
    """No value that the card does not offer."""
    card = await open_formats(conversation, anya)
    await forge(conversation, anya, card, data.format(anya.id))
    assert chosen(await conversation.look(anya, card)) == RATIOS
    await conversation.send_text(anya, "кот")
    assert await sizes(conversation, anya) == SIZES
