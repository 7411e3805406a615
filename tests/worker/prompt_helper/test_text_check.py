"""Comparison of the text on an image with what its prompt asks for."""

import json
import time
from typing import Any

import pytest

from infra.fal.language_model import LanguageModelError
from infra.images.box import Box
from worker.prompt_helper.text_check import (
    Checked,
    Part,
    asks_for_text,
    checking,
    inscriptions,
    spots,
)

BOX = {"left": 300, "top": 400, "right": 700, "bottom": 500}


def read(prompt: str, *texts: str, asked: list[str] | None = None, box: Any = BOX) -> Any:
    """Return what a check finds if the model reads these lines."""
    lines = [{"text": text, "box": box} for text in texts]
    answer = json.dumps({"texts": lines, "asked": asked or []}, ensure_ascii=False)
    return checking(prompt, "data:").read(answer)


def marked(checked: Checked) -> str:
    """Format what was asked for in [] and what is on the image instead in <>, where they differ."""
    return "".join(
        part.read if part.is_same else f"[{part.asked}]<{part.read}>" for part in checked.parts
    )


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("вывеска «Открыто»", ("Открыто",)),
        ('плакат с текстом "С Новым годом!" и «2027»', ("С Новым годом!", "2027")),
        ("a sign that says “Open” and “Open”", ("Open",)),
        ("„Ende“ am Haus", ("Ende",)),
        ("просто кот", ()),
        ("«»", ()),
    ],
)
def test_inscriptions_are_the_quoted_texts(prompt: str, found: tuple[str, ...]) -> None:
    """In the quotation marks of Russian, English and German, each once."""
    assert inscriptions(prompt) == found


@pytest.mark.parametrize(
    ("prompt", "asks"),
    [
        ("кафе «Ромашка»", True),
        ("дверь с надписью Открыто", True),
        ("a door with the inscription Open", True),
        ("кот на окне", False),
        ("a context of swords", False),
    ],
)
def test_prompts_that_want_text_are_recognised(prompt: str, *, asks: bool) -> None:
    """By their quotation marks, or by a word such as «надпись»."""
    assert asks_for_text(prompt) is asks


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ("Открыто", ["ОТКРЫТО"]),
        ("Открыто", ["OTKPЫTO"]),
        ("С Новым годом", ["С НОВЫМ", "годом"]),
        ("Открыто", ["Кафе", "Мы открыто для вас"]),
        ("Rock ’n’ Roll", ["Rock 'n' Roll"]),
        ("10–18", ["10-18"]),
    ],
)
def test_same_text_is_right(asked: str, lines: list[str]) -> None:
    """Case, lines, the kind of quotes and dashes, and which of two like letters it is do not matter."""
    (checked,) = read(f"вывеска “{asked}”", *lines)
    assert checked.is_right


@pytest.mark.parametrize(
    ("asked", "line", "difference"),
    [
        ("Открыто", "Откырто", "Отк[]<ы>р[ы]<>то"),
        ("Открыто", "Открто", "Откр[ы]<>то"),
        ("Открыто", "Открытто", "Открыт[]<т>о"),
        ("Open late", "Open", "Open[ late]<>"),
    ],
)
def test_differences_are_marked_by_letter(asked: str, line: str, difference: str) -> None:
    """What is too much, and what is missing; the letters are those on the image."""
    (checked,) = read(f"вывеска «{asked}»", line)
    assert marked(checked) == difference
    assert not checked.is_right
    assert checked.box == Box(**BOX)


def test_text_that_is_not_there_is_missing() -> None:
    """Another text on the image is not taken for it."""
    (checked,) = read("вывеска «Открыто»", "Аптека")
    assert checked == Checked("Открыто")
    (checked,) = read("вывеска «Открыто»")
    assert checked == Checked("Открыто")


def test_model_says_what_a_prompt_without_quotes_asks_for() -> None:
    """Only words that are in the prompt count."""
    (checked,) = read("дверь с надписью Открыто", "ОТКРЫТО", asked=["Открыто", "Закрыто"])
    assert checked.asked == "Открыто"
    assert read("дверь", "ОТКРЫТО", asked=["Открыто"]) == ()


def test_spot_is_repaired_with_a_margin() -> None:
    """Of the inscriptions that are wrong."""
    checked = read("вывески «Открыто» и «Кафе»", "Откырто", "Кафе")
    assert spots(checked) == (Box(left=265, top=365, right=735, bottom=535),)


@pytest.mark.parametrize(
    "box",
    [
        None,
        "here",
        {"left": 10},
        {**BOX, "right": 300},
        {**BOX, "right": 1001},
        {**BOX, "top": -1},
        {**BOX, "left": 0.5},
        {"left": 0, "top": 0, "right": 1000, "bottom": 1000},
    ],
)
def test_impossible_spots_are_not_repaired(box: Any) -> None:
    """No box, a broken one, an empty one, and most of the image: the text is compared nevertheless."""
    checked = read("вывеска «Открыто»", "Откырто", box=box)
    assert marked(checked[0]) == "Отк[]<ы>р[ы]<>то"
    assert spots(checked) == ()


def test_missing_text_has_no_spot() -> None:
    """One of two is wrong in a place that is not known."""
    assert spots(read("вывески «Открыто» и «Кафе»", "Кафа")) == ()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot read this.",
        "[]",
        "{}",
        '{"texts": "Открыто"}',
        '{"texts": [{"text": 5}]}',
        '{"texts": [{"text": ""}]}',
        json.dumps({"texts": [{"text": "x" * 201}]}),
        json.dumps({"texts": [{"text": "x"}] * 61}),
    ],
)
def test_answers_of_another_form_are_refused(answer: str) -> None:
    """Nothing is guessed from them."""
    with pytest.raises(LanguageModelError):
        checking("вывеска «Открыто»", "data:").read(answer)


def test_answer_in_a_block_of_code_is_read() -> None:
    """Models put JSON between backticks, with words around it."""
    answer = 'Here it is:\n```json\n{"texts": [{"text": "Открыто"}]}\n```'
    assert checking("вывеска «Открыто»", "data:").read(answer)[0].is_right


def test_hostile_text_is_only_text() -> None:
    """Letters that grow in upper case, and combining ones, keep the places of the others."""
    (checked,) = read("sign “straße ﬁn”", "strasse ﬁn")
    assert "".join(part.asked for part in checked.parts) == "straße ﬁn"
    assert "".join(part.read for part in checked.parts) == "strasse ﬁn"
    assert checked.parts[-1] == Part("e ﬁn", "e ﬁn")


def test_many_long_lines_take_no_long_time() -> None:
    """The answer of the model may be of any kind, such as sixty lines of one letter; the right line is found in it."""
    begun = time.process_time()
    lines = [f"{'а' * (60 + number)}б{'а' * number}" for number in range(58)]
    (found,) = read(f"«{'а' * 150}в»", *lines[:30], "а" * 150 + "г", *lines[30:])
    assert marked(found) == f"{'а' * 150}[в]<г>"
    assert time.process_time() - begun < 5
