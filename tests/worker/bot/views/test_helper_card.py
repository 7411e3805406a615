"""The answers of the prompt helper, as messages."""

import json

import pytest

from infra.fal.model import Work
from infra.i18n import Texts
from worker.bot.callback_data import Action, OnResult
from worker.bot.truncate import shown_length
from worker.bot.views.helper_card import check_card, cost_text, description_card, versions_card
from worker.prompt_helper.improvement import LONGEST
from worker.prompt_helper.questions import Reply
from worker.prompt_helper.text_check import checking

SAY = Texts().speaking("ru")
MOST = 4096
REPAIR = OnResult(owner=1, job_id="0trymrdfzvexx7j9", action=Action.REPAIR_TEXT, picture=0)


def test_longest_versions_fit_a_message() -> None:
    """With the price of the answer."""
    versions = tuple(f"{number}" + "ж" * (LONGEST - 1) for number in range(3))
    assert shown_length(versions_card(SAY, 1, Reply(versions, 0.01)).text) < MOST


@pytest.mark.slow
def test_many_differences_fit_a_message() -> None:
    """The first ones are shown; the button still repairs all of them."""
    prompt = " ".join(f"«{number}{'ж' * 190}»" for number in range(20))
    texts = [{"text": f"{number}{'ж' * 120}{'щ' * 78}"} for number in range(20)]
    found = checking(prompt, "data:").read(json.dumps({"texts": texts}))
    card = check_card(SAY, Reply(found, 0.001), (Work.IMAGE_EDIT, 0.04), REPAIR)
    assert 2000 < shown_length(card.text) < MOST
    assert "…" in card.text
    assert len(card.keyboard.inline_keyboard) == 1 if card.keyboard else False


def test_only_short_descriptions_have_a_button_that_copies() -> None:
    """Telegram's buttons copy at most 256 characters; a tap on the text copies any."""
    for words, copied in (("ж" * 256, 1), ("ж" * 257, 0), ("😀" * 129, 0)):
        card = description_card(SAY, 1, Reply(words, 0), 0.003, on_card=False)
        rows = card.keyboard.inline_keyboard if card.keyboard else []
        assert sum(key.copy_text is not None for row in rows for key in row) == copied
        assert f"<code>{words}</code>" in card.text


def test_price_of_an_answer_is_never_nothing() -> None:
    """A fraction of a thousandth is said so; an answer that was paid for before costs nothing more."""
    assert "меньше $0,001" in cost_text(SAY, 0.0004)
    assert "$0,002" in cost_text(SAY, 0.0019)
    assert not cost_text(SAY, 0)
