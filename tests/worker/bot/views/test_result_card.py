import re
from typing import Any

import pytest
from aiogram.types import InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import Settings
from tests.worker.bot.views.test_job_card import HOSTILE, LANGUAGES, NOW, PROMPTS, TEXTS, job, seen
from worker.bot.callback_data import Action, OnResult
from worker.bot.options.catalog import OptionCatalog
from worker.bot.truncate import length
from worker.bot.views.keyboards import button
from worker.bot.views.result_card import (
    MAX_CAPTION,
    ask_deletion_keyboard,
    ask_picture_keyboard,
    ask_scale_keyboard,
    beside,
    details,
    more_keyboard,
    result_caption,
    result_keyboard,
    too_large_note,
)
from worker.model import File, Job, Kind, Options, Request, Status, Translation

SAY = TEXTS.speaking("en")
OFFERING = OptionCatalog(Settings(_env_file=None))
SEED = "427063521"


def picture(width: int = 1024, height: int = 1024, size: int = 2_000_000) -> File:
    return File(
        key="images/2026/11/22/0a1b2c3d4e5f6g7h-1.png",
        content_type="image/png",
        size=size,
        width=width,
        height=height,
    )


def done(*files: File, **fields: Any) -> Job:
    return job(status=Status.DONE, files=files or (picture(),), **fields)


def clip() -> Job:
    request = Request(
        kind=Kind.VIDEO,
        user_id=1001,
        chat_id=1001,
        message_id=1,
        language="en",
        prompt="a boat",
        model="fal-ai/veo3.1",
    )
    file = picture().model_copy(update={"content_type": "video/mp4", "duration": 4.0})
    return Job(
        id="0a1b2c3d4e5f6g7h",
        request=request,
        status=Status.DONE,
        created_at=NOW,
        updated_at=NOW,
        files=(file,),
    )


def with_model(model: str, **fields: Any) -> Job:
    shown = done(**fields)
    return shown.model_copy(update={"request": shown.request.model_copy(update={"model": model})})


def actions(keyboard: InlineKeyboardMarkup) -> list[Action]:
    return [data.action for row in parsed(keyboard) for data in row]


def every_action(result: Job) -> list[Action]:
    """Return the actions of both keyboards."""
    keyboards = (make(SAY, OFFERING, result) for make in (result_keyboard, more_keyboard))
    return [action for keyboard in keyboards for action in actions(keyboard)]


def parsed(keyboard: InlineKeyboardMarkup) -> list[list[OnResult]]:
    rows = keyboard.inline_keyboard
    return [[OnResult.unpack(key.callback_data or "") for key in row] for row in rows]


@pytest.mark.parametrize("language", TEXTS.languages)
def test_press_answers_fit_telegrams_limit(language: str) -> None:
    """200 characters."""
    t = TEXTS.speaking(language)
    said = [t.plain(f"ask-which-{action}") for action in ("vary", "animate", "upscale")]
    said += [t.plain(key) for key in ("ask-scale", "ask-delete")]
    said += [t.plain(key) for key in ("not-your-result", "deleted-but-messages")]
    said += [t.plain("delete-unfinished", id="z" * 16), t.plain("too-large-to-upscale")]
    assert max(map(length, said)) <= 200


class TestCaption:
    def test_missing_results_are_counted(self) -> None:
        """Some were blocked or could not be downloaded: the caption says how many."""
        three = done(picture(), picture(), picture(), options={"count": 4})
        assert "⚠️ 3 of 4" in seen(result_caption(SAY, three))
        assert "⚠️" not in seen(result_caption(SAY, done(options={"count": 1})))

    def test_caption_has_prompt_cost_and_time(self) -> None:
        """And nothing else."""
        result = done(seed=SEED, cost=0.04, units=1, finished_at=NOW - 48)
        assert seen(result_caption(SAY, result)) == "a red apple\n\n$0.04 · 12 s"

    @pytest.mark.parametrize(("language", "form"), [("ru", "Квадрат 1:1"), ("en", "Square 1:1")])
    def test_details_have_model_options_seed_and_id(self, language: str, form: str) -> None:
        """Everything that is needed to refer to a result or repeat it; the model by its title."""
        result = done(seed=SEED, options={"size": "square", "seed": 7})
        expected = f"FLUX.1 schnell · {form} · seed {SEED} · 0a1b2c3d4e5f6g7h"
        assert seen(details(TEXTS.speaking(language), result)).strip() == f"ℹ️ {expected}"

    def test_seed_that_the_model_does_not_name_is_the_users(self) -> None:
        told = seen(details(SAY, done(options={"seed": 7})))
        assert "seed 7" in told

    @pytest.mark.parametrize(
        ("language", "said"), [("ru", "Модель получила"), ("en", "The model got")]
    )
    def test_details_have_the_words_that_the_model_got(self, language: str, said: str) -> None:
        """If they are not the user's own."""
        t, translated = TEXTS.speaking(language), done(translation=Translation(prompt="red cat"))
        assert seen(details(t, translated)).endswith(f"\n{said}: red cat")
        assert said not in seen(result_caption(t, translated))

    def test_details_without_options_are_model_and_id(self) -> None:
        """Not every model has a seed or options."""
        assert seen(details(SAY, done(options={}))).strip() == "ℹ️ FLUX.1 schnell · 0a1b2c3d4e5f6g7h"

    @pytest.mark.parametrize("language", TEXTS.languages)
    def test_cancellation_that_came_too_late_is_said(self, language: str) -> None:
        """The result replaces the card, which said so."""
        t = TEXTS.speaking(language)
        said = t.plain("caption-too-late")
        assert said in seen(result_caption(t, done(cancel_requested=True)))
        assert said not in seen(result_caption(t, done()))

    def test_unbilled_cost_is_marked_as_estimate(self) -> None:
        """The bill may be unknown when the result is sent."""
        assert "≈ $0.04 · " in seen(result_caption(SAY, done(cost=0.04)))

    def test_unknown_values_are_left_out(self) -> None:
        """Not every model has a price."""
        assert seen(result_caption(SAY, done())) == "a red apple\n\n1 s"

    def test_russian_decimal_comma(self) -> None:
        assert "$0,04" in seen(result_caption(TEXTS.speaking("ru"), done(cost=0.04)))

    def test_result_without_a_prompt_has_no_empty_line(self) -> None:
        """An upscale has no prompt."""
        caption = seen(result_caption(SAY, done(prompt="")))
        assert caption == "1 s"

    def test_author_is_named_in_a_group(self) -> None:
        """Above the facts."""
        caption = seen(result_caption(SAY, done(), "Аня <3"))
        assert caption.splitlines()[2] == "👤 Аня <3"

    def test_long_prompt_is_collapsed(self) -> None:
        """The image stays in view, and the prompt can be expanded."""
        caption = result_caption(SAY, done(prompt="word " * 100))
        assert caption.startswith("<blockquote expandable>word")

    def test_oversized_file_is_a_link(self) -> None:
        """With its size and the link's validity."""
        url = "https://darkroom.example/files/abc"
        large = too_large_note(SAY, picture(size=72_000_000), url)
        caption = result_caption(SAY, done(), None, [large])
        assert "72 MB" in caption
        assert '<a href="https://darkroom.example/files/abc">' in caption

    def test_oversized_file_without_public_url_names_the_storage_key(self) -> None:
        """To copy for the operator."""
        large = picture(size=72_000_000)
        caption = result_caption(SAY, done(), None, [too_large_note(SAY, large, None)])
        assert f"<code>{large.key}</code>" in caption

    @pytest.mark.parametrize("language", TEXTS.languages)
    def test_oversized_file_for_an_admin_names_only_the_storage_key(self, language: str) -> None:
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
        large=st.lists(
            st.sampled_from([None, "https://darkroom.example/" + "a" * 300]), max_size=4
        ),
    )
    def test_caption_fits_for_any_prompt(
        self,
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


class TestKeyboard:
    def test_image_buttons(self) -> None:
        """Two in a row, the most used first."""
        rows = [
            [key.text for key in row]
            for row in result_keyboard(SAY, OFFERING, done()).inline_keyboard
        ]
        assert rows == [
            ["🔁 Again · $0.003", "✨ Variations · $0.12"],
            ["✏️ New description", "🎬 Animate"],
            ["⬆️ Upscale", "ℹ️ Details"],
            ["☆ Favourite", "⋯ More"],
        ]

    def test_rare_actions_are_behind_more(self) -> None:
        """With the way back last."""
        seeded = done(options={"size": "square", "seed": 7})
        rows = [
            [key.text for key in row]
            for row in more_keyboard(SAY, OFFERING, seeded).inline_keyboard
        ]
        assert rows == [
            ["🎲 Another seed · $0.003", "🔲 Formats"],
            ["✂️ No background", "↔️ Outpaint"],
            ["🧽 Erase", "🎞 Two frames"],
            ["📄 Original", "🌳 Family tree"],
            ["🗑 Delete"],
            ["← Back"],
        ]

    def test_video_is_continued_and_upscaled_and_not_animated(self) -> None:
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
    def test_impossible_actions_have_no_button(self, result: Job, action: Action) -> None:
        """No edit without a prompt, no original of an uncompressed file, no scale beyond the limit."""
        assert action not in every_action(result)

    def test_another_seed_is_offered_for_a_chosen_one(self) -> None:
        """Otherwise each try has a new seed."""
        seeded: Options = {"size": "square", "seed": 7}
        assert Action.NEW_SEED in every_action(done(options=seeded))

    def test_image_of_an_album_is_chosen_by_number(self) -> None:
        """Too large ones are left out."""
        album = done(picture(), picture(8000, 7000), picture())
        numbers, back = parsed(ask_picture_keyboard(SAY, OFFERING, album, Action.UPSCALE))
        assert [data.picture for data in numbers] == [0, 2]
        assert [data.action for data in back] == [Action.BACK]
        *rows, _ = parsed(ask_picture_keyboard(SAY, OFFERING, album, Action.ANIMATE))
        assert [data.picture for row in rows for data in row] == [0, 1, 2]

    def test_open_image_of_an_album_needs_no_choice(self) -> None:
        """Its buttons refer to it, also after a question."""
        album = done(picture(), picture())
        rows = [
            *parsed(result_keyboard(SAY, OFFERING, album, 1)),
            *parsed(more_keyboard(SAY, OFFERING, album, 1)),
        ]
        chosen = {data.action: data.picture for row in rows for data in row}
        assert (chosen[Action.ANIMATE], chosen[Action.ASK_DELETE]) == (1, 1)

    def test_scale_button_has_its_image(self) -> None:
        """The data has image and scale."""
        scales, _ = parsed(ask_scale_keyboard(SAY, OFFERING, done(picture(), picture()), 1))
        assert [(data.picture, data.scale) for data in scales] == [(1, 2), (1, 4)]

    def test_delete_asks_for_confirmation(self) -> None:
        """With a way back."""
        assert actions(ask_deletion_keyboard(SAY, done())) == [Action.DELETE, Action.BACK]

    def test_other_buttons_of_a_message_stay(self) -> None:
        """A page of /my has its own buttons below those of the result."""
        to_list = [button("← To the list", "my|1001")]
        page = InlineKeyboardMarkup(
            inline_keyboard=[*result_keyboard(SAY, OFFERING, done()).inline_keyboard, to_list]
        )
        asked = beside(page, ask_deletion_keyboard(SAY, done()))
        assert len(asked.inline_keyboard) == 3
        assert asked.inline_keyboard[-1] == to_list
        assert beside(page, None).inline_keyboard == [to_list]
        assert beside(None, None).inline_keyboard == []


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
