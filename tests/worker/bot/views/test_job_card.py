from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import FailureKind
from infra.i18n import Texts
from infra.sandbox.telegram.formatting.html import HtmlParser
from infra.telegram.text_length import length
from tests.worker.bot.conversation import labels
from worker.bot.truncate import excerpt
from worker.bot.views.card import Card
from worker.bot.views.job_card import FAILURES, progress_card, status_card
from worker.model import ACTIVE, CANCELLABLE, Job, Kind, Request, Status

NOW = 1_800_000_000.0
TEXTS = Texts()
LANGUAGES = st.sampled_from(TEXTS.languages)

# Pasted text: emoji of two units, right-to-left letters, markup, control characters.
HOSTILE = st.text(
    st.sampled_from("a я &<>\"'\n\t\u200d\u202e\u05d0\u0627🍎👩‍🚀🏳️\U0001f1f7\x00</code>")
    | st.characters(exclude_categories=["Cs"]),
    min_size=1,
    max_size=300,
)
PROMPTS = HOSTILE | HOSTILE.map(lambda text: (text * 4096)[:4096])


def job(prompt: str = "a red apple", language: str = "en", **fields: Any) -> Job:
    request = Request(
        kind=Kind.IMAGE,
        user_id=1001,
        chat_id=1001,
        message_id=1,
        language=language,
        prompt=prompt,
        model="fal-ai/flux/schnell",
        options=fields.pop("options", {"size": "square", "count": 1, "style": "none"}),
        quality=fields.pop("quality", None),
        quoted=fields.pop("quoted", False),
    )
    defaults = {"id": "0a1b2c3d4e5f6g7h", "status": Status.CREATED}
    times = {"created_at": NOW - 60, "updated_at": NOW - 60}
    return Job(request=request, **(defaults | times | fields))


def seen(markup: str) -> str:
    """Return the visible text; fail where Telegram would refuse the markup."""
    return HtmlParser(markup).parse().text


def last_line(**fields: Any) -> str:
    return seen(progress_card(TEXTS, job(**fields), NOW).text).splitlines()[-1]


def buttons(card: Card) -> list[str]:
    markup = {"reply_markup": card.keyboard.model_dump()} if card.keyboard else {}
    return labels(markup)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("status", Status)
def test_every_status_shows_the_id_and_the_order(status: Status, language: str) -> None:
    """In every status the message names its job."""
    card = progress_card(TEXTS, job(language=language, status=status), NOW)
    assert "<code>0a1b2c3d4e5f6g7h</code>" in card.text
    assert "a red apple" in card.text


def test_queue_position() -> None:
    """fal counts from 0; without a position only the queue is shown."""
    waiting = {"status": Status.QUEUED, "submitted_at": NOW}
    assert last_line(**waiting) == "⏳ In the queue."
    assert last_line(**waiting, position=0) == "⏳ In the queue: you are next."
    assert last_line(**waiting, position=1) == "⏳ In the queue: 1 job before yours."
    assert last_line(**waiting, position=5) == "⏳ In the queue: 5 jobs before yours."


@pytest.mark.parametrize(
    ("position", "words"),
    [(1, "1 задание"), (3, "3 задания"), (11, "11 заданий"), (21, "21 задание")],
)
def test_russian_plural_forms(position: int, words: str) -> None:
    """Three forms, chosen by the last digits."""
    waiting = {"status": Status.QUEUED, "submitted_at": NOW}
    shown = last_line(language="ru", position=position, **waiting)
    assert shown == f"⏳ В очереди: перед вами {words}."


def test_done_job_shows_its_duration() -> None:
    """From the order to the result, independent of the current time."""
    assert last_line(status=Status.DONE, finished_at=NOW - 46) == "✅ Done in 14 s."


def test_card_of_a_sent_result_is_one_line() -> None:
    """The result has the rest; the id stays at its place."""
    sent = job(status=Status.DONE, finished_at=NOW - 46, sent_message_ids=(5,))
    card = progress_card(TEXTS, sent, NOW)
    assert seen(card.text) == "✅ Done in 14 s. 0a1b2c3d4e5f6g7h"
    assert "a red apple" in status_card(TEXTS, sent, NOW).text


@pytest.mark.parametrize("quality", ["premium", "standard", None])
def test_model_is_shown(quality: str | None) -> None:
    """By its title, also for a job of an earlier release, which stored a quality."""
    ordered = job(options={"size": "wide"}, quality=quality)
    assert "FLUX.1 schnell · Wide" in seen(progress_card(TEXTS, ordered, NOW).text)
    assert "FLUX.1 schnell · Wide" in seen(status_card(TEXTS, ordered, NOW).text)


def test_only_changed_settings_are_shown() -> None:
    """In one short line."""
    options = {"size": "wide", "count": 3, "style": "anime", "negative_prompt": "people"}
    text = seen(progress_card(TEXTS, job(options=options), NOW).text)
    assert "Wide 16:9 · ×3 · Anime · without: people" in text
    assert "×" not in seen(progress_card(TEXTS, job(), NOW).text)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("failure", [*sorted(FAILURES), "never_heard_of", None])
def test_every_failure_has_a_next_step(failure: str | None, language: str) -> None:
    """The reason, the next step, and its button, unless the step is to send another image."""
    card = progress_card(TEXTS, job(status=Status.FAILED, failure=failure, language=language), NOW)
    happened, next_step = seen(card.text).splitlines()[-2:]
    assert happened.startswith(("❌", "⏸"))
    assert next_step
    asks_for_picture = failure in frozenset(FailureKind) and FailureKind(failure).blames_picture
    assert len(buttons(card)) == (0 if asks_for_picture else 1)


def test_failure_caused_by_the_prompt_asks_for_another() -> None:
    """The same one would fail again."""
    offered = {
        "moderation": "✏️ New description",
        "nothing_made": "✏️ New description",
        "busy": "🔁 Again · $0.003",
        "unconfirmed": "🔁 Again (may be paid twice) · $0.003",
    }
    for failure, button in offered.items():
        card = progress_card(TEXTS, job(status=Status.FAILED, failure=failure), NOW)
        assert buttons(card) == [button]


def test_reason_of_the_service_is_quoted() -> None:
    """It helps to correct the order."""
    shown = progress_card(
        TEXTS, job(status=Status.FAILED, failure="bad_input", detail="duration > 8"), NOW
    )
    assert "did not accept the request: duration > 8" in seen(shown.text)


def test_active_job_can_be_cancelled_once() -> None:
    """Until it is too late or already requested."""
    for status in ACTIVE:
        shown = progress_card(TEXTS, job(status=status), NOW)
        assert buttons(shown) == (["✖️ Cancel"] if status in CANCELLABLE else [])
        cancelled = progress_card(TEXTS, job(status=status, cancel_requested=True), NOW)
        assert buttons(cancelled) == []


def test_prompt_is_not_repeated_below_its_quote() -> None:
    """Telegram shows the message that a card replies to."""
    shown = progress_card(TEXTS, job(quoted=True), NOW)
    assert "a red apple" not in shown.text
    assert "0a1b2c3d4e5f6g7h" in shown.text


@given(prompt=PROMPTS, language=LANGUAGES, status=st.sampled_from(Status), detail=HOSTILE)
def test_cards_fit_for_any_prompt(prompt: str, language: str, status: Status, detail: str) -> None:
    """4096 units after parsing, and Telegram accepts the markup."""
    shown = job(
        prompt,
        language,
        status=status,
        failure="bad_input",
        detail=detail,
        options={"negative_prompt": detail},
    )
    assert length(seen(progress_card(TEXTS, shown, NOW).text)) <= 4096


@given(HOSTILE, st.integers(1, 50))
def test_excerpt_is_a_prefix_that_fits(text: str, limit: int) -> None:
    """No emoji is split, and nothing that fits is cut."""
    shortened = excerpt(text, limit)
    assert length(shortened) <= max(limit, 1)
    assert shortened == text or text.startswith(shortened.removesuffix("…"))
