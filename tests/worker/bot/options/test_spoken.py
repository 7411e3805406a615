"""Spoken words as people write them."""

import pytest

from worker.bot.options.spoken import as_written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Кот на крыше.", "Кот на крыше"),
        ("Кот. Собака.", "Кот. Собака"),
        ("Кот, четыре штуки, вертикально.", "Кот, 4 pcs, вертикально"),
        ("A cat, two images", "A cat, 2 pcs"),
        ("4 изображения кота", "4 изображения кота"),
        ("Кот на скейте, восемь секунд", "Кот на скейте, 8 секунд"),
        ("Город, шестнадцать на девять", "Город, 16:9"),
        ("Город, 16 на 9.", "Город, 16:9"),
        ("комната пять на шесть метров", "комната пять на шесть метров"),
        ("кот тире тире seed 42", "кот --seed 42"),
        ("a cat, dash dash seed 7", "a cat, --seed 7"),
        ("кот -- seed 42", "кот --seed 42"),
        ("кот — символ дома", "кот — символ дома"),
        ("Кот, зерно 42", "Кот, seed 42"),
        ("зерно пшеницы", "зерно пшеницы"),
    ],
)
def test_transcript_is_written_like_a_line(said: str, written: str) -> None:
    """Numbers, ratios and flags; what may be part of the description stays."""
    assert as_written(said) == written
