"""Words are translated within two seconds, once, or they go as they are."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis

from infra.redis.client import connect
from infra.storage.store import Storage
from tests.clock import Clock
from tests.refusals import refusing
from tests.valkey import ValkeyServer
from tests.worker.prompt_helper.helper import ANN, BANANA, SCHNELL, Helper, order
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import UNLIMITED
from worker.model import Translation
from worker.prompt_helper.charges import Charges, Purpose
from worker.prompt_helper.questions import PromptHelper, Question
from worker.prompt_helper.translation import Translator, needs_translation
from worker.users.erase.eraser import UserEraser

OWN_WORDS = Translation()


async def test_words_are_translated_and_an_inscription_stays(helper: Helper) -> None:
    """So do tags, numbers with units and names in Latin letters."""
    found = await helper.translate("красный кот и вывеска «Открыто» #лето, 3 см, Nike Air")
    assert found.prompt == "red cat and sign «Открыто» #лето, 3 см, Nike Air"


async def test_a_negative_prompt_is_translated_beside_the_prompt(helper: Helper) -> None:
    """Each of them is one request."""
    options: dict[str, Any] = {"negative_prompt": "текст, люди"}
    found = await helper.translate("красный кот", options=options)
    assert found == Translation(prompt="red cat", negative_prompt="text, people")
    assert len(await helper.asked()) == 2


async def test_a_repeated_order_does_not_pay_again(
    helper: Helper, redis: ArqRedis, clock: Clock
) -> None:
    """Also in another process; another user's words are their own."""
    for _ in range(3):
        assert (await helper.translate("красный кот")).prompt == "red cat"
    (request,) = await helper.asked()
    account = await Ledger(redis, clock).read()
    assert account.helper.jobs == 1
    assert account.helper.dollars == pytest.approx(request["bill"]["dollars"], abs=1e-6)
    other = order("красный кот").model_copy(update={"user_id": 2})
    await helper.translator().translate(other)
    assert len(await helper.asked()) == 2


async def test_a_set_is_translated_once(helper: Helper) -> None:
    """Its jobs run at the same time, in several processes."""
    await helper.behave(delay=0.2)
    translators = [helper.translator() for _ in range(6)]
    request = order("красный кот")
    found = await asyncio.gather(*(each.translate(request) for each in translators))
    assert {each.prompt for each in found} == {"red cat"}
    assert len(await helper.asked()) == 1


@pytest.mark.slow
async def test_a_slow_model_leaves_the_user_s_words(
    helper: Helper, redis: ArqRedis, clock: Clock
) -> None:
    """The order waits no longer; the late answer is paid for, and a repeated order gets it."""
    await helper.behave(delay=3)
    translator = helper.translator(0.5)
    began = time.monotonic()
    assert await translator.translate(order("красный кот")) == OWN_WORDS
    assert time.monotonic() - began < 2
    assert await helper.translate("красный кот") == OWN_WORDS, "the rest of a set goes the same way"
    async with asyncio.timeout(10):
        while not (await Ledger(redis, clock).read()).helper.jobs:  # noqa: ASYNC110 - in Redis
            await asyncio.sleep(0.05)
    await helper.behave()
    assert (await helper.translate("красный кот")).prompt == "red cat"
    assert len(await helper.asked()) == 1


@pytest.mark.slow
async def test_a_translation_that_was_paid_for_outlives_an_outage(
    helper: Helper, mortal_valkey: ValkeyServer, clock: Clock
) -> None:
    """Redis refuses the charge for longer than its client retries: nothing is asked or counted twice."""
    redis = connect(mortal_valkey.url, retries=0)
    translator = Translator(redis, helper.model, Charges(redis, UNLIMITED, clock), 10)
    await helper.behave(delay=1)
    running = asyncio.create_task(translator.translate(order("красный кот")))
    while not await redis.keys("darkroom:translating:*"):  # noqa: ASYNC110 - in Redis
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    with refusing(mortal_valkey, "OOM"):
        await asyncio.sleep(1.5)
    assert (await running).prompt == "red cat"
    assert (await translator.translate(order("красный кот"))).prompt == "red cat"
    assert len(await helper.asked()) == 1
    assert (await Ledger(redis, clock).read()).helper.jobs == 1
    await redis.aclose(close_connection_pool=True)


@pytest.mark.slow
async def test_an_answer_that_was_paid_for_outlives_an_outage(
    helper: Helper, mortal_valkey: ValkeyServer, clock: Clock
) -> None:
    """The update is not handled again, and the same question is free."""
    redis = connect(mortal_valkey.url, retries=0)
    prompt_helper = PromptHelper(redis, helper.model, Charges(redis, UNLIMITED, clock))
    question = Question("Say yes.", "кот", str.upper)
    ask = partial(prompt_helper.ask, ANN, question, purpose=Purpose.IMPROVEMENT)
    await helper.behave(delay=1, answer="yes")
    running = asyncio.create_task(ask())
    await asyncio.sleep(0.3)
    with refusing(mortal_valkey, "OOM"):
        await asyncio.sleep(1.5)
    paid = await running
    assert (paid.value, (await ask()).cost) == ("YES", 0)
    assert len(await helper.asked()) == 1
    assert (await Ledger(redis, clock).read()).helper.jobs == 1
    await redis.aclose(close_connection_pool=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "behaviour",
    [
        {"status": 503},
        {"status": 429},
        {"status": 401},
        {"mode": "refuse"},
        {"mode": "nonsense"},
        {"mode": "wrong_language"},
        {"mode": "error"},
        {"mode": "empty"},
        {"mode": "partial"},
        {"drops_tokens": True},
        {"answer": "красный кот"},
        {"answer": "red cat ⟦1⟧ ⟦1⟧"},
    ],
)
async def test_a_model_that_fails_leaves_the_user_s_words(
    helper: Helper, behaviour: dict[str, object]
) -> None:
    """It is not asked again for the same words at once; other words are translated when it is back."""
    await helper.behave(**behaviour)
    assert await helper.translate("красный кот и «Открыто»") == OWN_WORDS
    asked = len(await helper.asked())
    assert await helper.translate("красный кот и «Открыто»") == OWN_WORDS
    assert len(await helper.asked()) == asked
    await helper.behave()
    assert (await helper.translate("синий кот")).prompt == "blue cat"


async def test_an_unexpected_error_of_the_helper_stops_no_order(
    helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised, the user's words go."""

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("красный кот")

    monkeypatch.setattr(helper.model, "complete", broken)
    assert await helper.translate("красный кот") == OWN_WORDS


async def test_no_translation_is_made_over_a_budget(
    helper: Helper, redis: ArqRedis, clock: Clock
) -> None:
    """The order itself may go on: nothing is said."""
    limits = UNLIMITED.changed({"team_daily_budget": 0.01})
    await JobStore(redis, limits, clock).create(order("x"), "origin", cost=0.01)
    translator = Translator(redis, helper.model, Charges(redis, limits, clock))
    assert await translator.translate(order("красный кот")) == OWN_WORDS
    assert await helper.asked() == []


async def test_a_translation_that_is_too_long_for_the_model_is_not_sent(helper: Helper) -> None:
    """The model would refuse it."""
    await helper.behave(answer="a red cat " * 200)
    prompt = "красный кот " * 160
    model = "fal-ai/ltx-2.3/text-to-video"
    found = await helper.translator().translate(order(prompt.strip(), model))
    assert found.prompt is None or len(found.prompt) <= 5000


@pytest.mark.parametrize(
    ("prompt", "model", "expected"),
    [
        ("красный кот", SCHNELL, True),
        ("a red cat", SCHNELL, False),
        ("a sign «Открыто»", SCHNELL, False),
        ("надпись «Открыто и кот", SCHNELL, False),
        ("красный кот", BANANA, False),
        ("красный кот", "unknown/model", False),
    ],
)
def test_only_words_that_the_model_cannot_read_are_translated(
    prompt: str, model: str, *, expected: bool
) -> None:
    """By the catalogue; an order in English needs no step more."""
    assert needs_translation(order(prompt, model)) is expected
    assert not needs_translation(order(prompt, model, as_written=True))


async def test_keys_name_no_words_and_go_with_the_user(
    helper: Helper, redis: ArqRedis, clock: Clock, tmp_path: Path
) -> None:
    """They expire, too."""
    await helper.translate("красный кот")
    await helper.behave(status=503)
    await helper.translate("синий кот")
    keys = [key async for key in redis.scan_iter("darkroom:transl*")]
    assert len(keys) == 2
    for key in keys:
        assert await redis.ttl(key) > 0
        assert b"\xd0" not in key
    eraser = UserEraser(redis, Storage.open(tmp_path, None), JobStore(redis, UNLIMITED, clock), ANN)
    await eraser.delete(await eraser.find())
    assert [key async for key in redis.scan_iter("darkroom:transl*")] == []


async def test_the_number_of_kept_translations_is_bounded(
    helper: Helper, redis: ArqRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred for each user."""
    key = f"darkroom:translations:{ANN}"
    await redis.hset(key, mapping={str(number): "x" for number in range(200)})  # type: ignore[misc]
    await helper.translate("красный кот")
    assert await redis.hlen(key) == 1  # type: ignore[misc]
