import pytest

from infra.fal.model import Work
from infra.i18n import Texts
from infra.settings import Settings
from worker.bot.callback_data import (
    Action,
    Choose,
    ChoosePlainText,
    CreateFrom,
    CreateFromLast,
    OnResult,
    TakeBack,
)
from worker.bot.draft import Draft
from worker.bot.options.catalog import FROM_WORDS, OFFERED, OptionCatalog
from worker.bot.views.option_rows import values_card
from worker.bot.views.settings_card import SettingsCard
from worker.model import Picture
from worker.users.plain_text import PlainText
from worker.users.presets import Preset

# https://core.telegram.org/bots/api#user
LONGEST_ID = 2**52 - 1


def on_result(action: Action) -> OnResult:
    return OnResult(owner=LONGEST_ID, job_id="z" * 16, action=action, picture=3, scale=4)


@pytest.mark.parametrize("work", OFFERED)
def test_every_button_fits_telegrams_64_bytes(work: Work, texts: Texts) -> None:
    """Also for the longest user id."""
    catalog = OptionCatalog(Settings(_env_file=None))
    options = catalog.resolve(work, {"quality": "premium", "negative_prompt": "люди"})
    pictures = (Picture(key="one"), Picture(key="two"))
    presets = [Preset(number=999, name="я" * 24, work=work, options=options)]
    draft = Draft(work=work, pictures=() if work in FROM_WORDS else pictures)
    card = SettingsCard(texts.speaking("ru"), catalog, LONGEST_ID, draft, options, presets)
    shown = [card.main(), card.negative_prompt()]
    shown += [values_card(card, option) for option in card.choices]
    rows = [row for card in shown if card.keyboard for row in card.keyboard.inline_keyboard]
    data = [button.callback_data or "" for row in rows for button in row]
    data += [
        *(on_result(action).pack() for action in Action),
        CreateFrom(owner=LONGEST_ID, work=work).pack(),
        CreateFromLast(owner=LONGEST_ID, job_id="z" * 16, picture=3).pack(),
        TakeBack(owner=LONGEST_ID, job_id="z" * 16).pack(),
        *(ChoosePlainText(owner=LONGEST_ID, value=value).pack() for value in PlainText),
    ]
    assert all(1 <= len(text.encode()) <= 64 for text in data)


def test_value_with_a_colon_is_kept() -> None:
    """16:9 is a value like any other."""
    data = Choose(owner=1, option="aspect", value="16:9")
    assert Choose.unpack(data.pack()) == data


@pytest.mark.parametrize("picture", [None, 0, 3])
def test_image_index_is_kept(picture: int | None) -> None:
    """The index 0 differs from none."""
    data = OnResult(owner=1, job_id="z" * 16, action=Action.UPSCALE, picture=picture)
    assert OnResult.unpack(data.pack()) == data
