import pytest

from infra.telegram.text_length import length
from tests.worker.bot.views.result_samples import OFFERING, SAY, actions, done, parsed, picture
from tests.worker.bot.views.test_job_card import TEXTS
from worker.bot.callback_data import Action
from worker.bot.views.result_questions import (
    ask_deletion_keyboard,
    ask_picture_keyboard,
    ask_scale_keyboard,
)


@pytest.mark.parametrize("language", TEXTS.languages)
def test_press_answers_fit_telegrams_limit(language: str) -> None:
    """200 characters."""
    t = TEXTS.speaking(language)
    said = [t.plain(f"ask-which-{action}") for action in ("vary", "animate", "upscale")]
    said += [t.plain(key) for key in ("ask-scale", "ask-delete")]
    said += [t.plain(key) for key in ("not-your-result", "deleted-but-messages")]
    said += [t.plain("delete-unfinished", id="z" * 16), t.plain("too-large-to-upscale")]
    assert max(map(length, said)) <= 200


def test_image_of_an_album_is_chosen_by_number() -> None:
    """Too large ones are left out."""
    album = done(picture(), picture(8000, 7000), picture())
    numbers, back = parsed(ask_picture_keyboard(SAY, OFFERING, album, Action.UPSCALE))
    assert [data.picture for data in numbers] == [0, 2]
    assert [data.action for data in back] == [Action.BACK]
    *rows, _ = parsed(ask_picture_keyboard(SAY, OFFERING, album, Action.ANIMATE))
    assert [data.picture for row in rows for data in row] == [0, 1, 2]


def test_scale_button_has_its_image() -> None:
    """The data has image and scale."""
    scales, _ = parsed(ask_scale_keyboard(SAY, OFFERING, done(picture(), picture()), 1))
    assert [(data.picture, data.scale) for data in scales] == [(1, 2), (1, 4)]


def test_delete_asks_for_confirmation() -> None:
    """With a way back."""
    assert actions(ask_deletion_keyboard(SAY, done())) == [Action.DELETE, Action.BACK]
