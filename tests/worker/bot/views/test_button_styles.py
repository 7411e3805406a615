"""Styles of buttons: what deletes or cancels is red, what starts an order is blue."""

import pytest
from aiogram.types import InlineKeyboardMarkup

from infra.fal.model import Work
from tests.worker.bot.views.result_samples import OFFERING, done
from tests.worker.bot.views.test_job_card import TEXTS, job
from worker.bot.draft import Draft
from worker.bot.views.job_card import job_keyboard
from worker.bot.views.preset_card import shown_preset
from worker.bot.views.result_keyboard import ended_keyboard
from worker.bot.views.result_questions import ask_deletion_keyboard
from worker.bot.views.settings_card import SettingsCard
from worker.model import Status
from worker.users.presets import Preset


def styles(keyboard: InlineKeyboardMarkup | None) -> dict[str, str]:
    """Return the styled buttons by label, without the price."""
    assert keyboard
    buttons = [each for row in keyboard.inline_keyboard for each in row]
    return {each.text.partition(" · ")[0]: each.style for each in buttons if each.style}


@pytest.mark.parametrize("language", TEXTS.languages)
def test_deletion_and_cancellation_are_red(language: str) -> None:
    """Cancel of an active job and of an order, delete of results, of failed jobs and of presets, and nothing else."""
    t = TEXTS.speaking(language)
    failed = job(status=Status.FAILED, language=language)
    preset = Preset(number=1, name="Poster", work=Work.IMAGE, options={})
    ask, stop = t.plain("result-ask"), t.plain("button-stop")
    deleted = t.plain("button-preset-delete")
    assert styles(job_keyboard(t, job(status=Status.RUNNING))) == {stop: "danger"}
    assert styles(ended_keyboard(t, OFFERING, failed)) == {ask: "danger"}
    assert styles(ask_deletion_keyboard(t, done())) == {t.plain("result-delete"): "danger"}
    assert styles(shown_preset(t, 1001, preset).keyboard) == {deleted: "danger"}


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("ordering", [True, False])
def test_start_of_an_order_is_blue(language: str, *, ordering: bool) -> None:
    """An order that can start has a blue start and a red cancel; the settings outside an order are only closed."""
    t = TEXTS.speaking(language)
    draft = Draft(work=Work.IMAGE, words="a red apple", ordering=ordering)
    card = SettingsCard(t, OFFERING, 1001, draft, {}).main()
    start, cancel = t.plain("button-start"), t.plain("button-cancel")
    assert styles(card.keyboard) == ({start: "primary", cancel: "danger"} if ordering else {})
