import pytest

from tests.worker.bot.views.result_samples import (
    OFFERING,
    SAY,
    SEED,
    actions,
    clip,
    done,
    every_action,
    parsed,
    picture,
    with_model,
)
from tests.worker.bot.views.test_job_card import TEXTS
from worker.bot.callback_data import Action
from worker.bot.views.keyboard_merge import beside
from worker.bot.views.result_keyboard import more_keyboard, result_keyboard
from worker.model import Job, Options


def test_image_buttons() -> None:
    """Two in a row, the most used first."""
    rows = [
        [key.text for key in row] for row in result_keyboard(SAY, OFFERING, done()).inline_keyboard
    ]
    assert rows == [
        ["🔁 Again · $0.003", "✨ Variations · $0.12"],
        ["✏️ New description", "🎬 Animate"],
        ["⬆️ Upscale", "ℹ️ Details"],
        ["☆ Favourite", "⋯ More"],
    ]


def test_rare_actions_are_behind_more() -> None:
    """With the deletion and the way back last, apart from the others."""
    seeded = done(options={"size": "square", "seed": 7})
    rows = [
        [key.text for key in row] for row in more_keyboard(SAY, OFFERING, seeded).inline_keyboard
    ]
    assert rows == [
        ["🎲 Another seed · $0.003", "🔲 Formats"],
        ["✂️ No background", "↔️ Outpaint"],
        ["🧽 Erase", "🎞 Two frames"],
        ["📄 Original", "🌳 Family tree"],
        ["🗑 Delete", "← Back"],
    ]


def test_video_is_continued_and_upscaled_and_not_animated() -> None:
    """Nor an original: Telegram does not compress it."""
    assert actions(result_keyboard(SAY, OFFERING, clip())) == [
        Action.AGAIN,
        Action.EDIT_PROMPT,
        Action.EXTEND_VIDEO,
        Action.VIDEO_UPSCALE,
        Action.DETAILS,
        Action.FAVOUR,
        Action.MORE,
    ]
    rare = [Action.TREE, Action.ASK_DELETE, Action.BACK]
    assert actions(more_keyboard(SAY, OFFERING, clip())) == rare


@pytest.mark.parametrize(
    ("result", "action"),
    [
        (with_model("fal-ai/clarity-upscaler"), Action.EDIT_PROMPT),
        (with_model("no longer/in-the-table"), Action.EDIT_PROMPT),
        (done(picture(5000, 4000)), Action.UPSCALE),
        (done(picture(size=10_000_001)), Action.ORIGINAL),
        (done(), Action.NEW_SEED),
        (done(), Action.DISFAVOUR),
        (done(favourite=True), Action.FAVOUR),
    ],
    ids=str,
)
def test_impossible_actions_have_no_button(result: Job, action: Action) -> None:
    """No edit without a prompt, no original of an uncompressed file, no scale beyond the limit."""
    assert action not in every_action(result)


def test_another_seed_is_offered_for_a_chosen_one() -> None:
    """Otherwise each try has a new seed."""
    seeded: Options = {"size": "square", "seed": 7}
    assert Action.NEW_SEED in every_action(done(options=seeded))


def test_open_image_of_an_album_needs_no_choice() -> None:
    """Its buttons refer to it, also after a question."""
    album = done(picture(), picture())
    rows = [
        *parsed(result_keyboard(SAY, OFFERING, album, 1)),
        *parsed(more_keyboard(SAY, OFFERING, album, 1)),
    ]
    chosen = {data.action: data.picture for row in rows for data in row}
    assert (chosen[Action.ANIMATE], chosen[Action.ASK_DELETE]) == (1, 1)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("prompt", "copies"), [("a red apple", True), ("я" * 257, False)])
def test_details_have_buttons_that_copy(language: str, prompt: str, *, copies: bool) -> None:
    """Prompt, seed and id; Telegram copies at most 256 characters, so a longer prompt has no button."""
    t, shown = TEXTS.speaking(language), done(prompt=prompt, seed=SEED)
    keyboard = result_keyboard(t, OFFERING, shown, detailed=True)
    buttons = [key for row in keyboard.inline_keyboard for key in row if key.copy_text]
    copied = [key.copy_text.text for key in buttons if key.copy_text]
    assert copied == [*([prompt] if copies else []), SEED, shown.id]
    hidden = beside(keyboard, result_keyboard(t, OFFERING, shown))
    assert not [key for row in hidden.inline_keyboard for key in row if key.copy_text]
