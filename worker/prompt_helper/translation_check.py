"""Whether an answer of the language model is an English translation of a prompt, and nothing else."""

import re

from worker.prompt_helper.protected_text import Protected, without_tokens

_REFUSAL = re.compile(
    r"\W*(?:i(?:'|’)?m (?:sorry|unable|not able)|i am (?:sorry|unable|not able)|sorry\b|"
    r"i (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|apologi[sz]e)|unfortunately|as an ai\b|"
    r"my apologies)",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"\W*(?:(?:sure|certainly|of course|okay|ok)[,!.:]|here(?:'|’)?s\b|here is (?:the|your)\b|"
    r"(?:the )?(?:english )?translation\b[^.]*:|translated\b[^.]*:|output:)",
    re.IGNORECASE,
)
# Signs that a translation of plain words does not need, and that an image model takes for an inscription or an order.
_ADDED_SIGNS = re.compile(r'[«»“”„‹›"`#@{}<>\[\]|\\]|--|https?:|\*\*')
_LETTER = re.compile(r"[^\W\d_]")
# English words have these letters, the last ones from French.
_ENGLISH = re.compile(r"[A-Za-zàâäçéèêëîïñôöûü]")
_ENGLISH_WORD = re.compile(
    r"\b(?:a|an|the|of|in|on|at|with|and|or|by|to|is|are|from|for|under|over|near|behind|no|not)\b",
    re.IGNORECASE,
)
# Short words of other languages that use Latin letters, without those that English has too.
_FOREIGN_WORD = re.compile(
    r"\b(?:ein|eine[rsmn]?|der|das|und|mit|vor|auf|dem|den|im|ist|nicht|für|ohne|zur|zum|"
    r"le|les|des|une?|avec|dans|sur|pour|sans|et|est|du|aux?|el|las?|los|con|sin|en|una|y|por|"
    r"para|del|il|lo|gli|di|che|uno|della|nel|e|per|os|uma|com|na|da|het|een|van|op)\b",
    re.IGNORECASE,
)
_LONGER, _SHORTER, _SHORT_TEXT = 2.5, 0.25, 40


def is_plausible(source: Protected, answer: str) -> bool:
    """Check language, length and form; the tokens are checked by `Protected.restore`."""
    words = without_tokens(answer)
    given, received = len(without_tokens(source.masked).strip()), len(words.strip())
    return not (
        _REFUSAL.match(words)
        or _PREAMBLE.match(words)
        or _ADDED_SIGNS.search(words)
        or answer.count("\n") > source.masked.count("\n")
        or not given * _SHORTER <= received <= given * _LONGER + _SHORT_TEXT
        or not _is_english(words)
    )


def _is_english(words: str) -> bool:
    letters = _LETTER.findall(words)
    if not letters or not all(map(_ENGLISH.match, letters)):
        return False
    foreign = len(_FOREIGN_WORD.findall(words))
    return foreign < 2 or foreign <= len(_ENGLISH_WORD.findall(words))
