import re
from collections.abc import Sequence

# How far a word may bend: "кот" names a cat in «котами», but not in «который».
_LONGEST_ENDING = 3


def words_of(prompt: str) -> list[str]:
    return re.findall(r"\w+", prompt.lower())


def is_form_of(word: str, beginnings: Sequence[str]) -> bool:
    return any(
        word.startswith(beginning) and len(word) - len(beginning) <= _LONGEST_ENDING
        for beginning in beginnings
    )
