"""A comparison of models from the card to the ranking, over the real processes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from redis import Redis

from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from infra.i18n import Phrases, Texts
from infra.settings import Settings
from tests.flows.photographs import photograph
from tests.message import Message, buttons, is_photo, labels, words
from tests.processes import Installation
from tests.user import User, create_group, create_user
from worker.bot.options.catalog import OptionCatalog

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

TITLES = {model.title for model in MODELS.values()}
HINTS = re.compile("|".join([r"\$", *map(re.escape, sorted(TITLES)), "flux", "banana", "seedream"]))


@pytest.fixture(params=["ru", "en"])
async def author(request: pytest.FixtureRequest, installation: Installation) -> AsyncIterator[User]:
    user = await create_user(installation.telegram_url, "Вера", request.param)
    yield user
    await user.close()


@pytest.fixture
def t(request: pytest.FixtureRequest) -> Phrases:
    """The texts in the author's language."""
    return Texts().speaking(request.node.callspec.params["author"])


def plain(t: Phrases, key: str) -> str:
    return re.sub("<[^>]+>", "", t(key))


async def wait_for_label(user: User, label: str) -> Message:
    return await user.wait_for(lambda message: label in labels(message))


async def choose(user: User, t: Phrases, count: int, command: str = "/image") -> list[str]:
    await user.say(command)
    return await choose_on_card(user, t, count)


async def choose_on_card(user: User, t: Phrases, count: int) -> list[str]:
    """Choose the first models of the card; return their titles."""
    card = await user.wait_for(lambda message: t.plain("button-compare") in labels(message))
    await user.press(card, t.plain("button-compare"))
    chosen = []
    for number in range(count):
        shown = await user.wait_for(lambda message: "🆚" in words(message) and buttons(message))
        label = labels(shown)[number]
        chosen.append(label.partition(" · ")[0])
        await user.press(shown, label)
        await wait_for_label(user, f"✓ {label}")
    done = t.plain("button-compare-done", count=count)
    shown = await user.wait_for(lambda m: any(label.startswith(done) for label in labels(m)))
    await user.press(shown, next(label for label in labels(shown) if label.startswith(done)))
    await user.wait_for(lambda m: all(title in words(m) for title in chosen))
    return chosen


@asynccontextmanager
async def dying(installation: Installation, count: int) -> AsyncIterator[None]:
    """Let the first models of the card be dead at fal."""
    offered = [
        offer.model for offer in OptionCatalog(Settings(_env_file=None)).lists.all(Work.IMAGE)
    ]
    async with httpx.AsyncClient(base_url=installation.fal_url, trust_env=False) as fal:

        async def change(status: str) -> None:
            for endpoint in offered[:count]:
                changed = await fal.patch(f"/models/{endpoint}", json={"status": status})
                changed.raise_for_status()

        await change("dead")
        try:
            yield
        finally:
            await change("active")


async def wait_for_vote(user: User, t: Phrases) -> Message:
    return await user.wait_for(lambda message: t.plain("button-tie") in labels(message), 40)


async def test_private_comparison(installation: Installation, author: User, t: Phrases) -> None:
    """Three models, one album by letters, nothing that names a model; the vote shows names, prices and seconds."""
    chosen = await choose(author, t, 3)
    await author.say("a red door")
    card = await wait_for_vote(author, t)
    assert labels(card) == ["A", "B", "C", t.plain("button-tie"), t.plain("button-reveal")]
    chat = await author.messages()
    shown = [message for message in chat if message["from"]["is_bot"]]
    photos = [message for message in shown if is_photo(message)]
    assert len(photos) == 3
    since = chat.index(next(m for m in chat if words(m) == "a red door"))
    for message in chat[since:]:
        assert not HINTS.search(f"{words(message)} {labels(message)}"), words(message)
    await author.say("/status")
    status = await author.wait_for(lambda message: "🆚" in words(message))
    assert not HINTS.search(words(status))
    assert labels(status) == [t.plain("result-unveil"), t.plain("result-ask")] or not labels(status)
    await author.press(card, "B")
    models = await author.wait_for_text(plain(t, "compare-models"))
    assert models["message_id"] == card["message_id"]
    assert {title for title in chosen if title in words(models)} == set(chosen)
    assert words(models).count("$") == 3
    assert "🏆 B" in words(models)
    assert {"✓ B", "A", "C"} <= set(labels(models))
    await author.press(models, "A")
    picked = await author.wait_for(lambda message: "✓ A" in labels(message))
    assert any(t.plain("result-again") in label for label in labels(picked))
    await author.press(picked, t.plain("result-star"))
    await author.wait_for(lambda message: t.plain("result-unstar") in labels(message))
    with Redis.from_url(installation.redis_url, decode_responses=True) as redis:
        votes = redis.hgetall("darkroom:ranking:image")
    winner = next(t for t in chosen if f"🏆 B — {t}" in words(models))
    won = [pair for pair in votes if MODELS[pair.partition(">")[0]].title == winner]
    assert len(won) >= 2


async def test_models_are_compared_on_an_image(
    installation: Installation, author: User, t: Phrases
) -> None:
    """Each edits the image that was sent; the votes count for edits."""
    await author.send_photo(photograph())
    chosen = await choose_on_card(author, t, 2)
    await author.say("make it night")
    card = await wait_for_vote(author, t)
    assert labels(card)[:2] == ["A", "B"]
    assert not HINTS.search(words(card))
    await author.press(card, "A")
    models = await author.wait_for_text(plain(t, "compare-models"))
    assert all(title in words(models) for title in chosen)
    with Redis.from_url(installation.redis_url, decode_responses=True) as redis:
        pairs = redis.hkeys("darkroom:ranking:image_edit")
    assert {MODELS[model].title for pair in pairs for model in pair.split(">")} >= set(chosen)


async def test_group_votes_and_the_author_shows_the_models(
    installation: Installation, author: User, t: Phrases
) -> None:
    """Each member has one vote, which they can change; only the author ends the vote."""
    others = [await create_user(installation.telegram_url, name, "en") for name in ("Ben", "Kim")]
    group = await create_group(installation.telegram_url, "Team", [author, *others])
    here, (ben, kim) = author.in_chat(group), [user.in_chat(group) for user in others]
    await choose(here, t, 2, "/video@darkroom_bot")
    question = await here.wait_for(lambda message: "🆚" in words(message))
    await here.say("a boat", reply_to=question["message_id"])
    card = await wait_for_vote(here, t)
    assert not HINTS.search(words(card))

    async def press(user: User, label: str) -> tuple[str, bool]:
        answer = await user.wait_for_answer(await user.press(card, label))
        return answer.get("text", ""), bool(answer.get("show_alert"))

    assert await press(ben, "A") == ("Your vote for A counts. Votes so far: 1.", False)
    assert await press(ben, "B") == ("Your vote is now B. Votes so far: 1.", False)
    assert await press(ben, "B") == ("Your vote for B counts. Votes so far: 1.", False)
    tie, show = t.plain("button-tie"), t.plain("button-reveal-in-group")
    assert (await press(kim, tie))[0].endswith("Votes so far: 2.")
    assert (await press(here, "B"))[0] == t.plain("vote-counted", letter="B", count=3)
    text, is_alert = await press(kim, show)
    assert is_alert
    assert "Only the author" in text
    await press(here, show)
    models = await here.wait_for_text(plain(t, "compare-models"))
    assert "🏆 B" in words(models)
    assert t.plain("compare-votes", count=2) in words(models)
    assert t.plain("compare-ties", count=1) in words(models)
    assert "over" in (await press(kim, "A"))[0]
    # A member may go on from a result now.
    answer = await kim.wait_for_answer(await kim.press(models, "A"))
    assert not answer["show_alert"]
    assert "✓ A" in labels(await kim.wait_for(lambda message: "✓ A" in labels(message)))
    for user in others:
        await user.close()


async def test_failed_model_is_named_after_the_vote(
    installation: Installation, author: User, t: Phrases
) -> None:
    """Its letter says that it failed; it cannot be chosen."""
    async with dying(installation, 1):
        chosen = await choose(author, t, 3)
        await author.say("a blue door")
        card = await wait_for_vote(author, t)
    assert len(labels(card)) == 4
    (missing,) = set("ABC") - set(labels(card))
    assert f"{missing}: ❌" in words(card)
    assert not HINTS.search(words(card))
    await author.press(card, t.plain("button-reveal"))
    models = await author.wait_for_text(plain(t, "compare-models"))
    assert f"{missing} — {chosen[0]} · $0 · ❌" in words(models)


@pytest.mark.parametrize("dead", [1, 2])
async def test_one_result_or_none_needs_no_vote(
    installation: Installation, author: User, t: Phrases, dead: int
) -> None:
    """The models are shown at once."""
    async with dying(installation, dead):
        chosen = await choose(author, t, 2)
        await author.say("a green door")
        if dead == 1:
            models = await author.wait_for_text(plain(t, "compare-models"), 40)
            assert plain(t, "compare-single") in words(models)
            assert any(t.plain("result-again") in label for label in labels(models))
        else:
            models = await author.wait_for(
                lambda m: all(f"{title}" in words(m) for title in chosen) and "❌" in words(m), 40
            )
    assert all(title in words(models) for title in chosen)


async def test_models_are_shown_from_the_history(author: User, t: Phrases) -> None:
    """/my hides the models, and shows them to the author without a vote; the vote is over then."""
    await choose(author, t, 2)
    await author.say("a white door")
    card = await wait_for_vote(author, t)
    await author.say("/my")
    page = await author.wait_for(is_photo)
    await author.press(page, "1")
    reveal = t.plain("result-unveil")
    one = await author.wait_for(lambda message: reveal in labels(message))
    assert not HINTS.search(words(one))
    await author.press(one, reveal)
    shown = await author.wait_for(lambda m: any(t.plain("result-again") in x for x in labels(m)))
    assert HINTS.search(words(shown))
    await author.press(card, "A")
    models = await author.wait_for_text(plain(t, "compare-models"))
    assert "🏆" not in words(models)
