from typing import Any

import pytest
from hypothesis import given, settings

from infra.telegram.text_length import length
from tests.worker.bot.conversation import labels
from tests.worker.bot.test_callback_data import LONGEST_ID
from tests.worker.bot.views.test_job_card import LANGUAGES, NOW, PROMPTS, TEXTS, job, seen
from worker.bot.callback_data import OpenJob
from worker.bot.views.history_card import detail_keyboard, page_caption, page_keyboard
from worker.bot.views.job_card import progress_card
from worker.bot.views.result_caption import MAX_CAPTION
from worker.jobs.indexes import IndexPage, JobIndex
from worker.model import Cancellation, Status

SAY = TEXTS.speaking("ru")
ID = "z" * 16
MIDDLE = IndexPage(ids=(ID,) * 6, position=9_997, total=100_000, newer=ID, older=ID)


@pytest.mark.parametrize("index", JobIndex)
def test_every_button_fits_telegrams_64_bytes(index: JobIndex) -> None:
    """For the longest user id, in the middle of a long history."""
    seen_job = OpenJob(owner=LONGEST_ID, index=index, job_id=ID, start=ID, picture=3)
    keyboards = [
        page_keyboard(SAY, LONGEST_ID, index, MIDDLE),
        detail_keyboard(SAY, job(status=Status.RUNNING), seen_job, None),
    ]
    data = [
        button.callback_data or ""
        for keyboard in keyboards
        for row in keyboard.inline_keyboard
        for button in row
    ]
    assert all(1 <= len(text.encode()) <= 64 for text in data)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("index", JobIndex)
def test_every_index_has_a_title_and_a_text_when_empty(index: JobIndex, language: str) -> None:
    """A name, the position, and one sentence of help."""
    t = TEXTS.speaking(language)
    assert "9997–10002" in seen(page_caption(t, index, MIDDLE))
    assert len(seen(page_caption(t, index, IndexPage())).splitlines()) == 2


def test_first_and_last_page_have_no_button_beyond() -> None:
    alone = page_keyboard(SAY, 1, JobIndex.ALL, IndexPage(ids=(ID,), total=1))
    shown = labels({"reply_markup": alone.model_dump()})
    assert not {"‹ Новее", "Старше ›"} & set(shown)


@settings(max_examples=30)
@given(prompt=PROMPTS, language=LANGUAGES)
def test_job_card_fits_a_caption(prompt: str, language: str) -> None:
    """A job without a result is shown below an image, whose caption is shorter than a message."""
    options = {"negative_prompt": prompt[:500], "style": "watercolour", "size": "landscape"}
    shown: dict[str, Any] = {
        "prompt": prompt,
        "language": language,
        "options": options,
        "detail": prompt[:500],
    }
    states: list[dict[str, Any]] = [
        {"status": Status.FAILED, "failure": "bad_input"},
        {"status": Status.RUNNING, "submitted_at": NOW - 99, "usual": 20.0},
        {"status": Status.CANCELLED, "cancellation": Cancellation.UNKNOWN},
    ]
    for state in states:
        text = seen(progress_card(TEXTS, job(**shown, **state), NOW).text)
        assert length(text) <= MAX_CAPTION
