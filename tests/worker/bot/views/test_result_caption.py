import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.telegram.text_length import length
from tests.worker.bot.views.result_samples import (
    SAY,
    SEED,
    done,
    picture,
)
from tests.worker.bot.views.test_job_card import HOSTILE, LANGUAGES, NOW, PROMPTS, TEXTS, seen
from worker.bot.views.result_caption import MAX_CAPTION, details, result_caption, too_large_note
from worker.model import Translation


def test_missing_results_are_counted() -> None:
    """Some were blocked or could not be downloaded: the caption says how many."""
    three = done(picture(), picture(), picture(), options={"count": 4})
    assert "⚠️ 3 of 4" in seen(result_caption(SAY, three))
    assert "⚠️" not in seen(result_caption(SAY, done(options={"count": 1})))


def test_caption_has_prompt_cost_and_time() -> None:
    """And nothing else."""
    result = done(seed=SEED, cost=0.04, units=1, finished_at=NOW - 48)
    assert seen(result_caption(SAY, result)) == "a red apple\n\n$0.04 · 12 s"


@pytest.mark.parametrize(("language", "form"), [("ru", "Квадрат 1:1"), ("en", "Square 1:1")])
def test_details_have_model_options_seed_and_id(language: str, form: str) -> None:
    """Everything that is needed to refer to a result or repeat it; the model by its title."""
    result = done(seed=SEED, options={"size": "square", "seed": 7})
    expected = f"FLUX.1 schnell · {form} · seed {SEED} · 0a1b2c3d4e5f6g7h"
    assert seen(details(TEXTS.speaking(language), result)).strip() == f"ℹ️ {expected}"


def test_seed_that_the_model_does_not_name_is_the_users() -> None:
    told = seen(details(SAY, done(options={"seed": 7})))
    assert "seed 7" in told


@pytest.mark.parametrize(("language", "said"), [("ru", "Модель получила"), ("en", "The model got")])
def test_details_have_the_words_that_the_model_got(language: str, said: str) -> None:
    """If they are not the user's own."""
    t, translated = TEXTS.speaking(language), done(translation=Translation(prompt="red cat"))
    assert seen(details(t, translated)).endswith(f"\n{said}: red cat")
    assert said not in seen(result_caption(t, translated))


def test_details_without_options_are_model_and_id() -> None:
    """Not every model has a seed or options."""
    assert seen(details(SAY, done(options={}))).strip() == "ℹ️ FLUX.1 schnell · 0a1b2c3d4e5f6g7h"


@pytest.mark.parametrize("language", TEXTS.languages)
def test_cancellation_that_came_too_late_is_said(language: str) -> None:
    """The result replaces the card, which said so."""
    t = TEXTS.speaking(language)
    said = t.plain("caption-too-late")
    assert said in seen(result_caption(t, done(cancel_requested=True)))
    assert said not in seen(result_caption(t, done()))


def test_unbilled_cost_is_marked_as_estimate() -> None:
    """The bill may be unknown when the result is sent."""
    assert "≈ $0.04 · " in seen(result_caption(SAY, done(cost=0.04)))


def test_unknown_values_are_left_out() -> None:
    """Not every model has a price."""
    assert seen(result_caption(SAY, done())) == "a red apple\n\n1 s"


def test_russian_decimal_comma() -> None:
    assert "$0,04" in seen(result_caption(TEXTS.speaking("ru"), done(cost=0.04)))


def test_result_without_a_prompt_has_no_empty_line() -> None:
    """An upscale has no prompt."""
    caption = seen(result_caption(SAY, done(prompt="")))
    assert caption == "1 s"


def test_author_is_named_in_a_group() -> None:
    """Above the facts."""
    caption = seen(result_caption(SAY, done(), "Аня <3"))
    assert caption.splitlines()[2] == "👤 Аня <3"


def test_long_prompt_is_collapsed() -> None:
    """The image stays in view, and the prompt can be expanded."""
    caption = result_caption(SAY, done(prompt="word " * 100))
    assert caption.startswith("<blockquote expandable>word")


def test_oversized_file_is_a_link() -> None:
    """With its size and the link's validity."""
    url = "https://darkroom.example/files/abc"
    large = too_large_note(SAY, picture(size=72_000_000), url)
    caption = result_caption(SAY, done(), None, [large])
    assert "72 MB" in caption
    assert '<a href="https://darkroom.example/files/abc">' in caption


def test_oversized_file_without_public_url_names_the_storage_key() -> None:
    """To copy for the operator."""
    large = picture(size=72_000_000)
    caption = result_caption(SAY, done(), None, [too_large_note(SAY, large, None)])
    assert f"<code>{large.key}</code>" in caption


@pytest.mark.parametrize("language", TEXTS.languages)
def test_oversized_file_for_an_admin_names_only_the_storage_key(language: str) -> None:
    """The text does not refer admins to an admin."""
    t, large = TEXTS.speaking(language), picture(size=72_000_000)
    for_users, for_admin = (
        too_large_note(t, large, None, for_admin=is_admins) for is_admins in (False, True)
    )
    assert f"<code>{large.key}</code>" in for_admin
    asks = re.compile("администратор|administrator")
    assert asks.search(for_users)
    assert not asks.search(for_admin)


@given(
    prompt=PROMPTS,
    language=LANGUAGES,
    seed=st.none() | st.integers(0, 2**70).map(str),
    author=st.none() | HOSTILE,
    large=st.lists(st.sampled_from([None, "https://darkroom.example/" + "a" * 300]), max_size=4),
)
def test_caption_fits_for_any_prompt(
    prompt: str,
    language: str,
    seed: str | None,
    author: str | None,
    large: list[str | None],
) -> None:
    """1024 units after parsing, with its details too, and Telegram accepts the markup."""
    t, result = TEXTS.speaking(language), done(prompt=prompt, seed=seed, cost=0.039)
    notes = [too_large_note(t, picture(size=99_000_000), url) for url in large]
    caption = seen(result_caption(t, result, author, notes) + details(t, result))
    assert length(caption) <= MAX_CAPTION
    assert "0a1b2c3d4e5f6g7h" in caption
