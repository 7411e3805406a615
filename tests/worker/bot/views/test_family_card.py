"""The family tree of a result fits the caption of an image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.bot.views.result_samples import done
from tests.worker.bot.views.test_job_card import LANGUAGES, PROMPTS, TEXTS
from worker.bot.callback_data import OpenStep
from worker.bot.truncate import shown_length
from worker.bot.views.family_card import NEAREST, tree_card
from worker.bot.views.result_caption import MAX_CAPTION
from worker.jobs.family import MOST_ANCESTORS, PAGE, Line, Step
from worker.jobs.indexes import IndexPage
from worker.model import Job

_DAY = 86400


def tree(language: str, job: Job, line: Line, tip: str = "", *, age: float = 0) -> tuple[str, str]:
    """Return the text and the buttons' data of a tree with a full page of descendants."""
    card = tree_card(
        TEXTS.speaking(language),
        line,
        IndexPage(newer="0a1b2c3d4e5f6g7h", older="0a1b2c3d4e5f6g7h"),
        [job] * PAGE,
        now=job.created_at + age,
        owner=9_999_999_999,
        picture=9,
        tip=tip,
        is_visible=lambda _: True,
    )
    assert card.keyboard
    data = [key.callback_data or "" for row in card.keyboard.inline_keyboard for key in row]
    return card.text, " ".join(data)


@pytest.mark.slow
@given(
    language=LANGUAGES,
    prompt=PROMPTS,
    deleted=st.booleans(),
    cost=st.sampled_from([0.003, 0.125, 12.5]),
    age=st.sampled_from([0, 59 * 60, 23 * 3600, 40 * _DAY]),
)
def test_tree_fits_a_caption_and_its_buttons_64_bytes(
    language: str, prompt: str, cost: float, age: float, *, deleted: bool
) -> None:
    """However deep the chain is and however long the words are."""
    job = done(prompt=prompt, cost=cost)
    steps = [Step(None if deleted else job, 9)] * MOST_ANCESTORS
    text, data = tree(language, job, Line(job, steps), job.id, age=age)
    assert shown_length(text) <= MAX_CAPTION
    assert all(len(one.encode()) <= 64 for one in data.split())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_deep_chain_shows_its_first_and_its_nearest_steps(language: str) -> None:
    """The number of those in between is said."""
    job = done()
    _, data = tree(language, job, Line(job, [Step(job)] * MOST_ANCESTORS))
    prefix = f"{OpenStep.__prefix__}|"
    assert data.count(prefix) == 1 + NEAREST + PAGE + 1
    text, _ = tree(language, job, Line(job, [Step(job)] * MOST_ANCESTORS))
    assert str(MOST_ANCESTORS - 1 - NEAREST) in text
