"""The settings card of every model in the catalogue, in each language."""

import pytest
from aiogram.types import InlineKeyboardMarkup

from infra.fal.model import Model, Value
from infra.fal.models.catalogue import MODELS
from infra.i18n import Texts
from infra.settings import Settings
from worker.bot.callback_data import Choose, Open
from worker.bot.draft import Draft
from worker.bot.options.catalog import OFFERED, OptionCatalog
from worker.bot.options.model_names import value_id
from worker.bot.views.card import Card
from worker.bot.views.option_rows import values_card
from worker.bot.views.settings_card import SettingsCard
from worker.model import Options

TEXTS = Texts()
CATALOG = OptionCatalog(Settings(_env_file=None))
SHOWN = [model for model in MODELS.values() if model.work in OFFERED]
# What a phone shows: characters in a row, and rows beside the text.
WIDTH, HEIGHT = 40, 12


def card_of(model: Model, language: str, options: Options | None = None) -> SettingsCard:
    """Return the card of an order with this model; the options that are not given are its first ones."""
    first = {name: values[0] for name, values in CATALOG.offered(model.work, {}, model).items()}
    chosen = first | (options or {})
    draft = Draft(work=model.work, model=model.endpoint, options=chosen, ordering=False)
    return SettingsCard(TEXTS.speaking(language), CATALOG, 2**52 - 1, draft, chosen)


def rows(card: Card) -> list[list[tuple[str, str]]]:
    assert isinstance(card.keyboard, InlineKeyboardMarkup)
    return [
        [(button.text, button.callback_data or "") for button in row]
        for row in card.keyboard.inline_keyboard
    ]


def choices(card: Card, option: str) -> set[str]:
    """Return the values of an option that the card has buttons for."""
    pressed = [data for row in rows(card) for _, data in row]
    chosen = [Choose.unpack(data) for data in pressed if data.startswith("set|")]
    return {choice.value for choice in chosen if choice.option == option}


def opened(card: Card) -> set[str]:
    pressed = [data for row in rows(card) for _, data in row]
    return {Open.unpack(data).menu for data in pressed if data.startswith("open|")}


@pytest.mark.slow
@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.endpoint)
def test_every_value_of_every_model_is_two_presses_away(model: Model, language: str) -> None:
    """On the card or in the list that one of its buttons opens; a row of buttons fits a phone."""
    card = card_of(model, language)
    main = card.main()
    offered = CATALOG.offered(model.work, {}, model)
    shown = [main]
    for option, values in offered.items():
        reached = choices(main, option)
        if option in opened(main):
            shown.append(values_card(card, option))
            reached |= choices(shown[-1], option)
        missing = {
            value
            for value in values
            if model.combines({**card.options, option: value})
            and value_id(option, value) not in reached
        }
        assert len(values) == 1 or missing <= {card.options[option]}, option
    for each in shown:
        for row in rows(each):
            if any(data.startswith("work|") for _, data in row):
                continue
            longest = max(len(text) for text, _ in row)
            assert len(row) == 1 or longest * len(row) <= WIDTH, row
            assert all(1 <= len(data.encode()) <= 64 for _, data in row)
        assert len(rows(each)) <= HEIGHT + len(card.works) // 2, rows(each)


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.endpoint)
def test_button_never_leads_to_a_combination_that_the_model_refuses(model: Model) -> None:
    """From any value of any option."""
    for option, values in CATALOG.offered(model.work, {}, model).items():
        for value in values:
            card = card_of(model, "ru", {option: value})
            if not model.combines(card.options):
                continue
            for other, others in card.choices.items():
                for chosen in others:
                    assert model.combines({**card.options, other: chosen})


@pytest.mark.parametrize(
    ("endpoint", "option", "expected"),
    [
        (
            "fal-ai/nano-banana-2",
            "resolution",
            ["0.5K · $0,06", "1K · $0,08", "2K · $0,12", "4K · $0,16"],
        ),
        (
            "openai/gpt-image-2",
            "detail",
            ["Низкое · $0,006", "Среднее · $0,053", "Высокое · $0,21"],
        ),
        ("fal-ai/nano-banana-2", "size", ["Квадрат 1:1", "Вертикальный 3:4", "Горизонтальный 4:3"]),
        ("fal-ai/veo3.1", "duration", []),
    ],
)
def test_value_shows_its_price_if_the_price_depends_on_it(
    endpoint: str, option: str, expected: list[str]
) -> None:
    """Of this very order, with its other options."""
    listed = card_of(MODELS[endpoint], "ru", {option: MODELS[endpoint].choices(option)[0]})
    texts = [
        text.removeprefix("✓ ") for row in rows(values_card(listed, option)) for text, _ in row
    ]
    assert texts[: len(expected)] == expected


def test_option_of_two_values_changes_with_one_press() -> None:
    """Its button says what the other value costs."""
    card = card_of(MODELS["fal-ai/veo3.1"], "ru", {"duration": 8})
    (text,) = [text for row in rows(card.main()) for text, _ in row if text.startswith("Звук")]
    assert text == "Звук: есть → нет · $1,60"
    assert choices(card.main(), "audio") == {"False"}


def test_value_that_needs_another_change_is_named() -> None:
    """It has no button, so no order is refused for it."""
    veo = MODELS["fal-ai/veo3.1"]
    short = values_card(card_of(veo, "ru", {"duration": 4}), "resolution")
    assert choices(short, "resolution") == {"720p", "1080p"}
    assert "Ещё 4K, если изменить: длительность." in short.text
    long = values_card(card_of(veo, "en", {"duration": 8}), "resolution")
    assert choices(long, "resolution") == {"720p", "1080p", "4K"}
    assert "Also" not in long.text


@pytest.mark.parametrize(
    ("endpoint", "remembered", "said", "settled"),
    [
        ("fal-ai/veo3.1", {"duration": 8, "resolution": "4K"}, {"duration": 4}, "720p"),
        ("fal-ai/veo3.1", {"duration": 4}, {"resolution": "4K"}, 8),
        ("fal-ai/veo3.1", {"duration": 8, "resolution": "4K"}, {}, "4K"),
    ],
)
def test_settings_follow_what_a_line_says(
    endpoint: str, remembered: Options, said: Options, settled: Value
) -> None:
    """Those that do not go with it give way, and never the other way round."""
    catalog = OptionCatalog(Settings(_env_file=None, fal_video_model=endpoint))
    options = catalog.resolve(MODELS[endpoint].work, remembered, said=said)
    assert settled in options.values()
    assert said.items() <= options.items()
    assert MODELS[endpoint].combines(options)
