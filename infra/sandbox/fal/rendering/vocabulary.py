import re
from collections.abc import Sequence

# Longest inflection after a stem: "кот" matches «котами», but not «который».
_LONGEST_ENDING = 3


def words_of(prompt: str) -> list[str]:
    return re.findall(r"\w+", prompt.lower())


def is_form_of(word: str, beginnings: Sequence[str]) -> bool:
    return any(
        word.startswith(beginning) and len(word) - len(beginning) <= _LONGEST_ENDING
        for beginning in beginnings
    )
