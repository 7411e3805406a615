"""The admins' message."""

import pytest

from tests.worker.bot.views.test_job_card import TEXTS
from worker.bot.admin_callback_data import Section
from worker.bot.views.admin_card import AdminCard
from worker.limits.ledger import Account, Usage


@pytest.mark.parametrize(
    ("language", "banana", "gone"),
    [
        ("ru", "• Nano Banana — 3 задания, $0,12", "• acme/gone — 1 задание, $0,01"),
        ("en", "• Nano Banana — 3 jobs, $0.12", "• acme/gone — 1 job, $0.01"),
    ],
)
def test_usage_counts_all_works_of_a_model(language: str, banana: str, gone: str) -> None:
    """By its title, with its endpoint for edits; a model that the catalogue has lost has its endpoint."""
    models = {
        "fal-ai/nano-banana": Usage(1, 0.04),
        "fal-ai/nano-banana/edit": Usage(2, 0.08),
        "fal-ai/acme/gone": Usage(1, 0.01),
    }
    account = Account(total=Usage(4, 0.13), models=models)
    card = AdminCard(TEXTS.speaking(language), 1, paused=False)
    text = card.usage(Section.TODAY, account, {}, 0).text
    assert f"{banana}\n{gone}" in text
