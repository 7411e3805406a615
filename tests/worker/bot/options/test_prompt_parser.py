import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fal.model import Value, Work
from infra.fal.models.catalogue import MODELS
from infra.fal.styles import STYLES
from infra.i18n import Texts
from infra.settings import Settings
from tests.user import User
from tests.worker.bot.conversation import Conversation, labels
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.labels import UNREMARKABLE, label, summary
from worker.bot.options.prompt_flags import flags_for, tidy
from worker.bot.options.prompt_parser import ParsedPrompt, parse_prompt
from worker.model import Options

TEXTS = Texts()
OFFERING = OptionCatalog(
    Settings(
        _env_file=None,
        fal_premium_model="openai/gpt-image-2",
        fal_image_edit_model="fal-ai/nano-banana-2/edit",
        fal_video_model="bytedance/seedance-2.0/text-to-video",
    )
)
#: Many of each kind.
RESOLUTIONS = {
    value
    for row in MODELS.values()
    if "scale" not in row.options
    for value in row.choices("resolution")
}
PICTURE, CLIP = map(OFFERING.option_names, (Work.IMAGE, Work.VIDEO))

# Words that are no options.
PROMPTS = st.lists(
    st.sampled_from(["кот", "скейт", "on", "в", "red", "ночью,", "яблоко", "🍎", "10:45", "—"]),
    min_size=1,
).map(" ".join)
FOR_CLIPS = st.sampled_from(
    [
        ("8s", "duration", 8),
        ("8с", "duration", 8),
        ("4 сек", "duration", 4),
        ("9:16", "aspect", "9:16"),
        ("без звука", "audio", False),
        ("With Sound", "audio", True),
        ("вертикально", "aspect", "9:16"),
    ]
)


@pytest.mark.parametrize(
    ("text", "prompt", "options"),
    [
        (
            "8s 9:16 без звука кот на скейте",
            "кот на скейте",
            {"duration": 8, "aspect": "9:16", "audio": False},
        ),
        ("кот на скейте 8с, со звуком", "кот на скейте", {"duration": 8, "audio": True}),
        ("кот --seed 7 на скейте", "кот на скейте", {"seed": 7}),
        ("квадрат, волна", "волна", {"aspect": "1:1"}),
        ("8 секунд в лесу", "в лесу", {"duration": 8}),
        ("8s", "", {"duration": 8}),
        ("кот 16:9,8с", "кот", {"duration": 8, "aspect": "16:9"}),
        ("٨ с ٩:١٦ кот", "кот", {"duration": 8, "aspect": "9:16"}),
        ("٨s ٩:١٦ кот", "кот", {"duration": 8, "aspect": "9:16"}),
        ("кот --seconds ８ --ar １６:９", "кот", {"duration": 8, "aspect": "16:9"}),
    ],
)
def test_video_options_are_removed_from_the_prompt(
    text: str, prompt: str, options: Options
) -> None:
    """At both ends, and flags anywhere."""
    assert parse_prompt(text, CLIP) == ParsedPrompt(prompt, options)


@pytest.mark.parametrize(
    ("text", "prompt", "options"),
    [
        ("x4 кот", "кот", {"count": 4}),
        ("4 шт премиум кот", "кот", {"count": 4, "quality": "premium"}),
        ("кот, аниме", "кот", {"style": "anime"}),
        ("аниме, кот", "кот", {"style": "anime"}),
        ("кот 16:9 x4, масло", "кот", {"size": "wide", "count": 4, "style": "oil"}),
        ("кот --no люди, текст --count 4", "кот", {"negative_prompt": "люди, текст", "count": 4}),
        ("--style line art кот", "кот", {"style": "line_art"}),
        ("кот —seed 5", "кот", {"seed": 5}),
        ("кот --AR=16:9", "кот", {"size": "wide"}),
        ("кот 9:16", "кот", {"size": "9:16"}),
        ("кот --seed ٧٧", "кот", {"seed": 77}),
        ("x४ кот номер ७", "кот номер ७", {"count": 4}),
        (
            "кот --quality премиум --style Акварель",
            "кот",
            {"quality": "premium", "style": "watercolour"},
        ),
        ("кот --no люди · seed 5", "кот", {"negative_prompt": "люди", "seed": 5}),
        ("кот, без: люди, аниме", "кот", {"negative_prompt": "люди, аниме"}),
        (
            "without: people · Portrait\na cat",
            "a cat",
            {"negative_prompt": "people", "size": "portrait"},
        ),
        ("кот без: людей", "кот", {"negative_prompt": "людей"}),
        ("seed 2558331572 кот", "кот", {"seed": 2558331572}),
        (f"кот --seed {2**63 + 5}", "кот", {"seed": 2**63 + 5}),
    ],
)
def test_image_options_are_removed_from_the_prompt(
    text: str, prompt: str, options: Options
) -> None:
    """In either language; a phone's dash counts as two hyphens."""
    assert parse_prompt(text, PICTURE) == ParsedPrompt(prompt, options)


@pytest.mark.parametrize(
    "text",
    [
        *("BMW x4", "портрет в стиле аниме", "масло на хлебе", "квадрат Малевича"),
        *("телефон без звука", "standard poodle", "счёт 2:0", "кот —привет— сказал"),
        *("вид от 1:1", "город 16:9:30", "3d", "the 4k wide", "8 с сахаром", "a bag of seeds"),
        *("5 pieces of cake", "5 images of a cat on one wall"),
        *("кот без:", "sound of rain", "звук · тишина"),
        *("кот 2,3 шт", "кот 2,3 шт.", "кот, 2,3 images", "x2,5 кот", "кот 2.3 шт"),
    ],
)
def test_ambiguous_words_stay_in_the_prompt(text: str) -> None:
    """A comma would separate an option."""
    assert parse_prompt(text, PICTURE) == ParsedPrompt(text)


@pytest.mark.parametrize(
    ("text", "prompt", "options"),
    [
        ("2K кот", "кот", {"resolution": "2K"}),
        ("4к кот", "кот", {"resolution": "4K"}),
        ("кот в 4K", "кот", {"resolution": "4K"}),
        ("кот in 4k", "кот", {"resolution": "4K"}),
        ("кот, 4К", "кот", {"resolution": "4K"}),
        ("кот 16:9 2k", "кот", {"size": "wide", "resolution": "2K"}),
        ("0,5K кот", "кот", {"resolution": "0.5K"}),
        ("кот, 0.5к", "кот", {"resolution": "0.5K"}),
        ("1080p кот", "кот", {"resolution": "1080p"}),
        ("кот, 720р", "кот", {"resolution": "720p"}),
        ("кот --resolution 2K", "кот", {"resolution": "2K"}),
        ("кот --res ２к", "кот", {"resolution": "2K"}),
        ("кот --resolution 2160p", "кот", {"resolution": "4K"}),
        ("кот --resolution 0,5k на крыше", "кот на крыше", {"resolution": "0.5K"}),
        ("кот --quality high", "кот", {"detail": "high"}),
        ("кот --quality высокое", "кот", {"detail": "high"}),
        ("кот --quality Среднее качество", "кот", {"detail": "medium"}),
        ("кот --quality черновик", "кот", {"detail": "low"}),
        ("кот · Высокое качество", "кот", {"detail": "high"}),
        ("кот --ar 4:5", "кот", {"size": "4:5"}),
        ("кот --size 21:9", "кот", {"size": "21:9"}),
        ("кот --ar вертикальный", "кот", {"size": "portrait"}),
        ("кот --size Вертикальный 2:3", "кот", {"size": "2:3"}),
        ("Вертикальный 9:16 · 2K\nкот", "кот", {"size": "9:16", "resolution": "2K"}),
        ("кот --size auto", "кот", {"size": "auto"}),
    ],
)
def test_every_value_of_a_model_can_be_written(text: str, prompt: str, options: Options) -> None:
    """As the button says it, in letters of either alphabet, and with a decimal comma."""
    assert parse_prompt(text, PICTURE, RESOLUTIONS) == ParsedPrompt(prompt, options)


@pytest.mark.parametrize(
    "text",
    [
        *("a cat, high quality", "кот, высокое качество", "masterpiece, high", "среднее, кот"),
        *(
            "кот, авто",
            "auto, a red one",
            "a TV that shows 4k",
            "4kg of apples",
            "кот 4 к",
            "8k, cat",
        ),
        *("BMW 2k", "кот 12к", "в 4 комнатах", "2,4K кот"),
    ],
)
def test_words_that_look_like_a_resolution_or_a_quality_stay(text: str) -> None:
    """Many descriptions praise their image, and a letter after a number can be a unit."""
    assert parse_prompt(text, PICTURE, RESOLUTIONS) == ParsedPrompt(text)


@pytest.mark.parametrize(
    "text", ["4k wallpaper of a lake", "a lake, 4k", "озеро в 4K", "1080p кот"]
)
def test_resolution_is_a_word_for_a_model_that_lacks_it(text: str) -> None:
    """An order for another model is neither refused nor changed because its description has one."""
    assert parse_prompt(text, PICTURE, {"1K", "2K"}) == ParsedPrompt(text)


@pytest.mark.parametrize(
    "text",
    [
        *("таймер на 8 секунд", "8 секунд до старта", "поезд в 16:9"),
        "8 seconds of silence in a library",
        *("кот 1,8 с", "кот 1,8s", "cat 2,8 seconds"),
    ],
)
def test_phrase_is_not_split(text: str) -> None:
    """«На 8 секунд» is no duration of a video."""
    assert parse_prompt(text, CLIP) == ParsedPrompt(text)


def test_misspelt_option_is_named() -> None:
    """An unknown flag, and a flag with an invalid value."""
    line = parse_prompt("кот --frobnicate --seed много", PICTURE)
    assert (line.strange, line.incomplete) == (("--frobnicate",), ("--seed",))


def test_suggested_flags_are_those_of_the_work() -> None:
    """An image has no duration, a video no style."""
    assert flags_for(PICTURE) == [
        *("--seed", "--no", "--ar", "--count", "--style", "--size", "--formats", "--resolution"),
        *("--model", "--quality"),
    ]
    assert flags_for(CLIP) == [
        *("--seed", "--no", "--ar", "--seconds", "--audio", "--resolution", "--model")
    ]


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("size", ("square", "portrait", "landscape", "wide")),
        ("quality", ("standard", "premium")),
        ("style", STYLES),
        ("audio", (True, False)),
    ],
)
def test_option_labels_are_accepted(language: str, option: str, values: Iterable[Value]) -> None:
    """Every button label is accepted as a flag's value and at the end of a prompt, in every language."""
    for value in values:
        name = re.sub(r"^\W+", "", label(TEXTS.speaking(language), option, value))
        for text in (f"кот --{option} {name}", f"{name}, кот", f"кот, {name.lower()}"):
            assert parse_prompt(text, {*PICTURE, "audio"}) == ParsedPrompt("кот", {option: value})


@pytest.mark.parametrize("text", ["кот --seed ٧٧", "кот --seed ७७"])
def test_digits_of_any_script(text: str) -> None:
    """Keyboards of other languages have their own."""
    assert parse_prompt(text, PICTURE) == ParsedPrompt("кот", {"seed": 77})


@pytest.mark.parametrize("text", ["кот --ar １６：９", "кот １６：９", "16∶9 кот"])
def test_colon_of_any_script_in_a_ratio(text: str) -> None:
    """Full-width digits come with a full-width colon."""
    assert parse_prompt(text, PICTURE) == ParsedPrompt("кот", {"size": "wide"})
    assert parse_prompt("сцена：кот", PICTURE) == ParsedPrompt("сцена：кот")


@pytest.mark.parametrize("value", ["7.5", "7,5", "٧.٥", "²", "⑦", "-7", "1e5", "9" * 41])
def test_fraction_is_no_whole_number(value: str) -> None:
    """Neither its integer part is taken, nor does the rest join the prompt."""
    assert parse_prompt(f"кот --seed {value}", PICTURE).incomplete == ("--seed",)
    assert parse_prompt("кот --seed 7. И пёс", PICTURE).options == {"seed": 7}


def test_duration_in_digits_of_any_script() -> None:
    """Also at the end of a prompt."""
    assert parse_prompt("кот, ٨ сек", CLIP) == ParsedPrompt("кот", {"duration": 8})


@given(
    before=st.lists(FOR_CLIPS, max_size=3),
    prompt=PROMPTS,
    after=st.lists(FOR_CLIPS, max_size=3),
    seed=st.none() | st.integers(0, 2**31 - 1),
)
def test_options_around_any_prompt(
    before: list[tuple[str, str, Value]],
    prompt: str,
    after: list[tuple[str, str, Value]],
    seed: int | None,
) -> None:
    """The prompt stays unchanged; the last of several values counts."""
    prompt = f"кот {prompt} кот"
    flags = [] if seed is None else [f"--seed {seed}"]
    text = " ".join([*(word for word, *_ in before), prompt, *(word for word, *_ in after), *flags])
    asked: Options = {option: value for _, option, value in [*before, *after]}
    expected = asked if seed is None else asked | {"seed": seed}
    assert parse_prompt(text, CLIP) == ParsedPrompt(prompt, expected)


def _values(work: Work, options: Options) -> dict[str, tuple[Value, ...]]:
    return OFFERING.choices(work, options)


@st.composite
def settings_of_an_order(draw: st.DrawFn) -> tuple[Work, Options]:
    """Generate every option that a card can show, resolved for its model."""
    work = draw(st.sampled_from([Work.IMAGE, Work.IMAGE_EDIT, Work.VIDEO, Work.IMAGE_TO_VIDEO]))
    model: Options = {"model": draw(st.sampled_from(OFFERING.models(work))).endpoint}
    choices = _values(work, model)
    options: Options = {
        name: draw(st.sampled_from(values)) for name, values in choices.items()
    } | model
    if draw(st.booleans()):
        options["seed"] = draw(st.integers(0, 10**40 - 1))
    if things := draw(st.none() | st.text(max_size=80).map(tidy)):
        options["negative_prompt"] = things
    return work, options


@pytest.mark.slow
@given(order=settings_of_an_order(), prompt=PROMPTS, language=st.sampled_from(TEXTS.languages))
def test_settings_line_of_a_card_is_parsed(
    order: tuple[Work, Options], prompt: str, language: str
) -> None:
    """In each language, before the prompt or after it on its own line: the same settings and prompt."""
    work, options = order
    prompt = f"кот {prompt} кот"
    written = summary(TEXTS.speaking(language), options)
    said = {name: value for name, value in options.items() if (name, value) not in UNREMARKABLE}
    known, titles = OFFERING.option_names(work), OFFERING.titles(work)
    for text in (f"{written}\n{prompt}", f"{prompt}\n{written}"):
        assert parse_prompt(text, known, RESOLUTIONS, titles) == ParsedPrompt(prompt, said)
    if len(said) > 1:
        assert parse_prompt(written, known, RESOLUTIONS, titles) == ParsedPrompt("", said)


@pytest.mark.parametrize("language", TEXTS.languages)
def test_each_setting_of_a_card_is_parsed(language: str) -> None:
    """After a comma, and as the value of its flag."""
    t = TEXTS.speaking(language)
    for work in (Work.IMAGE, Work.IMAGE_EDIT, Work.VIDEO, Work.IMAGE_TO_VIDEO):
        rich: Options = {"quality": "premium"} if work is Work.IMAGE else {}
        choices = [*_values(work, {}).items(), *_values(work, rich).items()]
        for option, values in choices:
            for value in values:
                written = label(t, option, value)
                # «High quality» after a comma is a part of many descriptions.
                mark = " ·" if option == "detail" else ","
                known, titles = OFFERING.option_names(work), OFFERING.titles(work)
                text = f"кот на крыше{mark} {written}"
                line = parse_prompt(text, known, RESOLUTIONS, titles)
                assert line == ParsedPrompt("кот на крыше", {option: value}), written


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    """No text raises an error."""
    for known in (PICTURE, CLIP):
        line = parse_prompt(text, known)
        assert set(line.options) <= {*PICTURE, *CLIP, "seed", "negative_prompt", "scale", "model"}


async def test_card_shows_the_parsed_options(conversation: Conversation, anya: User) -> None:
    """Options in the prompt replace the stored ones for this order."""
    answer = await conversation.send_text(anya, "/image широкий 3 шт. кот на скейте --seed 7")
    assert "Широкий 16:9 · 3 шт. · seed 7" in answer["text"]
    bold = [entity for entity in answer["entities"] if entity["type"] == "bold"]
    assert len(bold) == 1 + 3, "its title, and what the line said"
    options = (await conversation.job(anya)).request.options
    assert options == {"size": "wide", "count": 3, "style": "none", "seed": 7}
    await conversation.send_text(anya, "/image кот")
    assert (await conversation.job(anya)).request.options["count"] == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/video 3s кот", "3 с — этого модель не умеет, а Grok Imagine Video умеет"),
        ("/image --no люди кот", "без: люди кот — этого модель не умеет, а Nano Banana умеет"),
        ("/image кот --style барокко", "Можно: Без стиля, Фотография, Кино"),
        ("/image кот --audio on", "Со звуком — этого модель не умеет."),
        ("/image кот --frobnicate", "--frobnicate — такой настройки нет. Есть: --seed"),
        (
            f"/image кот --seed {10**40}",
            "--seed — значения нет, или оно не подходит. Можно: целое число.",
        ),
    ],
)
async def test_unsupported_option_starts_nothing(
    conversation: Conversation, anya: User, line: str, said: str
) -> None:
    """The answer lists the possible values."""
    answer = await conversation.send_text(anya, line)
    assert said in answer["text"]
    assert "Пока ничего не запускаю" in answer["text"]
    assert await conversation.job_count(anya) == 0


async def test_option_may_depend_on_the_model_in_the_prompt(
    conversation: Conversation, anya: User
) -> None:
    """Nano Banana, «премиум» in earlier releases, takes a negative prompt."""
    await conversation.send_text(anya, "/image премиум кот --no люди")
    request = (await conversation.job(anya)).request
    assert request.model == "fal-ai/nano-banana"
    assert request.options["negative_prompt"] == "люди"


async def test_options_without_a_prompt_open_the_card(
    conversation: Conversation, anya: User
) -> None:
    """The card asks for the prompt."""
    card = await conversation.send_text(anya, "/video 8s")
    assert "Опишите, что снять" in card["text"]
    assert "Длительность: 8 с" in labels(card)
    assert await conversation.job_count(anya) == 0


async def test_large_seed_is_accepted(conversation: Conversation, anya: User) -> None:
    """fal's own seeds are larger than 2^31, some larger than 2^63."""
    for seed in (2558331572, 2**63 + 1):
        await conversation.send_text(anya, f"/image кот --seed {seed}")
        job = await conversation.job(anya)
        assert (job.request.prompt, job.request.options["seed"]) == ("кот", seed)


async def test_digits_of_any_script_make_a_valid_job(
    conversation: Conversation, anya: User
) -> None:
    """The digits are converted before the job is stored."""
    await conversation.send_text(anya, "/image кот --seed ٧٧ --count ２")
    options = (await conversation.job(anya)).request.options
    assert (options["seed"], options["count"]) == (77, 2)
