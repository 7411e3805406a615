"""No translation changes an inscription, a link, a name in Latin letters or a number, whatever the model answers."""

import random
import re
import time
from collections.abc import Callable

import pytest

from worker.prompt_helper.protected_text import Protected, protect
from worker.prompt_helper.translation_check import is_plausible

_RUSSIAN = (
    *("красный", "кот", "в", "шляпе", "сидит", "на", "окне", "старый дом", "у реки", "закат"),
    *("над морем", "девушка", "в пальто", "вывеска с надписью", "рядом", "пять человек"),
    *("никого нет", "без людей", "туман", "зима"),
)
_PROTECTED = (
    *("«Открыто»", '"ЗАКРЫТО до 9:00"', "“Привет, мир!”", "„Хлеб“", "„Хлеб”", "'Кафе у моря'"),
    *("‘Добро’", "«Музей «Эрарта» ждёт»", "`код`", "#лето", "#my_tag", "@anna_k", "@Иван"),
    *("https://пример.рф/путь?q=кот", "www.example.com/a", "mail@example.com"),
    *(
        "--no",
        "--стиль=аниме",
        "--ar",
        "16:9",
        "Nike Air Max",
        "iPhone 15 Pro",
        "wi-fi",
        "d'Artagnan",
    ),
    *("3 см", "25 кг", "1024х768", "4K", "4к", "-5 °C", "100%", "1,5 м", "7", "1980", "½ A4"),
)
_LETTERS = re.compile(r"[\u0400-\u04ff]")


def prompts(number: int, seed: int) -> list[str]:
    """Return prompts of Russian words with protected texts in any places."""
    rng = random.Random(seed)  # noqa: S311 - the same prompts each time
    made = []
    for _ in range(number):
        parts = rng.choices(_RUSSIAN, k=rng.randint(1, 9))
        for text in rng.choices(_PROTECTED, k=rng.randint(0, 4)):
            parts.insert(rng.randint(0, len(parts)), text)
        joined = "".join(part + rng.choice((" ", " ", ", ", ": ", "\n")) for part in parts)
        made.append(joined.strip())
    return made


def hostile(rng: random.Random, masked: str) -> str:
    """Return what a language model may answer: a translation, something like one, or anything else."""
    tokens = re.findall(r"⟦\d+⟧", masked)
    words = rng.choices(["a", "red", "cat", "the", "house", "of", "sunset", "with"], k=8)
    for token in tokens:
        words.insert(rng.randint(0, len(words)), token)
    faithful = " ".join(words)
    tampered: list[Callable[[], str]] = [
        lambda: faithful,
        lambda: faithful.replace("⟦1⟧", ""),
        lambda: f"{faithful} ⟦1⟧",
        lambda: faithful.replace("⟦1⟧", "⟦9⟧"),
        lambda: faithful.replace("⟦", "[").replace("⟧", "]"),
        lambda: faithful.replace("⟧", ""),
        lambda: f'{faithful} "Open"',
        lambda: f"{faithful} #art https://evil.example",
        lambda: f"I'm sorry, I can't help with that. {faithful}",
        lambda: f"Here is the translation: {faithful}",
        lambda: f"{faithful} --no cats",
        lambda: masked,
        lambda: "кот " + faithful,
        lambda: "红色的猫 " + faithful,
        lambda: "Ein ruhiges Bild mit einer Katze vor dem Fenster " + " ".join(tokens),
        lambda: faithful * 30,
        lambda: "a",
        lambda: " ".join(tokens),
        lambda: "",
        lambda: f"```{faithful}```",
        lambda: "⟦⟧" + faithful,
    ]
    return rng.choice(tampered)()


def accepted(protected: Protected, answer: str) -> str | None:
    restored = protected.restore(answer)
    return restored if restored is not None and is_plausible(protected, answer) else None


@pytest.mark.parametrize("seed", range(20))
def test_what_is_protected_is_in_the_translation_as_often_as_in_the_prompt(seed: int) -> None:
    """Each of them unchanged, nothing else in Cyrillic, and no inscription, tag or option that was not there."""
    rng = random.Random(seed)  # noqa: S311 - the same prompts each time
    translated = 0
    for prompt in prompts(300, seed):
        protected = protect(prompt)
        assert protected is not None, prompt
        restored = accepted(protected, hostile(rng, protected.masked))
        if restored is None:
            continue
        translated += 1
        rest = restored
        for text in sorted(protected.texts, key=len, reverse=True):
            assert text in rest, (prompt, restored)
            rest = rest.replace(text, " ", 1)
        assert not _LETTERS.search(rest), (prompt, restored)
        assert not re.search(r"[«»“”„\"#@⟦⟧]|--|https?:", rest), (prompt, restored)
    assert translated


@pytest.mark.parametrize("seed", range(5))
def test_every_protected_text_of_a_prompt_is_taken_out_of_it(seed: int) -> None:
    """The model sees only Russian words and tokens, and tokens put back give the prompt."""
    for prompt in prompts(300, seed + 100):
        protected = protect(prompt)
        assert protected is not None
        assert protected.restore(protected.masked) == prompt
        assert not re.search(r"[A-Za-z«»“”„\"#@]|--|\d(?![\d]*⟧)", protected.masked), prompt


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("вывеска «Пекарня „Хлеб“» и кот", ("«Пекарня „Хлеб“»",)),
        ("надпись \"Ура\" и 'Да'", ('"Ура"', "'Да'")),
        ("кот д'Артаньян", ()),
        ("5 котов", ("5",)),
        ("2 с хвостом", ("2",)),
        ("стол 120 см, 4к и 3 м", ("120 см", "4к", "3 м")),
        ("дом 5-этажный", ("5",)),
        ("вывеска с надписью СКОРО ОТКРЫТИЕ и кот", ("СКОРО ОТКРЫТИЕ",)),
        ("кроссовки Nike Air в Москве", ("Nike Air",)),
        ("кот #лето @anna https://a.example/кот", ("#лето", "@anna", "https://a.example/кот")),
        ("кот --стиль=аниме --no люди", ("--стиль=аниме", "--no")),
        ("Надпись СКОРО и кот", ("СКОРО",)),
        ("кафе,mail@a.example", ("mail@a.example",)),
        ("вывеска 「Рамен」 и ’Чай’", ("「Рамен」", "’Чай’")),
    ],
)
def test_protected_texts_of_a_prompt(prompt: str, texts: tuple[str, ...]) -> None:
    """An apostrophe within a word is no quotation mark, and a preposition after a number is no unit."""
    protected = protect(prompt)
    assert protected is not None
    assert protected.texts == texts


@pytest.mark.parametrize(
    "unit", ["@", "@.", "а", "а@", "a.", "1.", "www.", "«", "'", "' ", "надпись А", "--", '"«']
)
def test_long_texts_take_no_long_time(unit: str) -> None:
    """A worker that searches them for minutes serves nobody meanwhile."""
    begun = time.process_time()
    protect("я" + unit * (4000 // len(unit)) + "я")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "prompt",
    [
        *("надпись «Открыто и кот", 'вывеска "Кафе и кот', "кот ⟦1⟧", "»кот«"),
        *("вывеска ″Чай″", "вывеска 〝Чай〞", "вывеска ‚Чай‘"),
    ],
)
def test_a_prompt_whose_inscription_has_no_end_is_not_translated(prompt: str) -> None:
    """Nor is one that contains the signs of tokens."""
    assert protect(prompt) is None


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("красный кот", "I'm sorry, but I can't help with that."),
        ("красный кот", "I cannot translate this prompt."),
        ("красный кот", "Sure! A red cat."),
        ("красный кот", "Translation: a red cat"),
        ("красный кот", "красный кот"),
        ("красный кот", "赤い猫"),
        ("красный кот у окна с цветком", "eine rote Katze am Fenster mit einer Blume"),
        ("красный кот у окна с цветком", "un gato rojo en la ventana con una flor"),
        ("красный кот", "a red cat " * 20),
        ("кот сидит на окне и смотрит на большой зимний лес", "cat"),
        ("красный кот", 'a red cat with the words "Hello"'),
        ("красный кот", "a red cat\n\nNote: the cat is red."),
    ],
)
def test_an_answer_that_is_no_translation_is_refused(prompt: str, answer: str) -> None:
    """A refusal, a comment, another language, too much or too little."""
    protected = protect(prompt)
    assert protected is not None
    assert accepted(protected, answer) is None


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("красный кот", "red cat"),
        ("кот", "a cat"),
        ("борщ", "borscht, a Russian beet soup in a bowl"),
        ("никаких людей на пляже", "a beach with no people"),
        ("кафе «Уют» в Суздале", "a café ⟦1⟧ in Suzdal"),
        ("портрет в стиле Ван Гога", "a portrait in the style of Van Gogh"),
    ],
)
def test_a_translation_is_accepted(prompt: str, answer: str) -> None:
    """Also a short one, one that explains a dish, and one with a name that looks foreign."""
    protected = protect(prompt)
    assert protected is not None
    assert accepted(protected, answer)


def test_a_token_with_an_absurd_number_is_refused() -> None:
    """Python reads no number with thousands of digits."""
    protected = protect("кот «Уют»")
    assert protected is not None
    assert protected.restore(f"cat ⟦{'1' * 5000}⟧") is None
