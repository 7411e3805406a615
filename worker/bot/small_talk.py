"""Small talk: whole messages that are no prompt, such as thanks, greetings, complaints and questions. Pure.

A message is small talk only if known phrases cover all of it, so words of a prompt are never lost. A wrong "small
talk" costs the user a retry; a wrong "prompt" costs money only after a press, unless the user has turned that off.
"""

import re
import unicodedata
from collections.abc import Sequence

from worker.bot.small_talk_phrases import (
    SmallTalk,
    doubtful_phrases,
    fillers,
    subjects,
    sure_phrases,
    vocabulary,
)

_PRAISING = frozenset("👍❤♥🔥👏😍🎉🙏💯🤩🥰😊🙂😀😃😄😁👌💪🤝🫶✨🥳😎💖💕😘🤗🤟👋😂🤣😆")
_COMPLAINING = frozenset("👎😡😠🤮💩😞😒🙁☹😕😢😭🤦🤢")
# Skin tones, joiners and variation selectors.
_MODIFIERS = re.compile("[\U0001f3fb-\U0001f3ff\u200d\ufe0e\ufe0f]")
_QUOTED = re.compile('[«»"“”„0-9#@/]|--|```')
_APOSTROPHES = re.compile("['’ʼ`]")
_WORD = re.compile(r"[^\W_]+")
_LONG_RUN = re.compile(r"(\w)\1{2,}")
#: Longer messages are prompts.
_MOST_WORDS = 10
#: The most words and characters of a message that only seems to be small talk.
_DOUBTFUL_WORDS, _DOUBTFUL_CHARACTERS = 8, 80


def small_talk(text: str) -> SmallTalk | None:
    """Return what a message is about if all of it is small talk, else None."""
    words, symbols = _parts(text)
    if _QUOTED.search(text) or len(words) > _MOST_WORDS:
        return None
    if not words and symbols and _COMPLAINING.issuperset(symbols):
        return SmallTalk.COMPLAINT
    if not words:
        return SmallTalk.PRAISE if symbols and _PRAISING.issuperset(symbols) else None
    found = _covered(words)
    if found is None:
        return None
    kinds, doubtful, is_padded = found
    if doubtful and (kinds or is_padded or "!" in text or symbols):
        kinds |= doubtful
    return min(kinds, key=list(SmallTalk).index, default=None)


def may_be_small_talk(text: str) -> bool:
    """Return whether a short text is neither small talk nor clearly a prompt: a question, or partly small talk."""
    words, _ = _parts(text)
    is_short = len(words) <= _DOUBTFUL_WORDS and len(text) <= _DOUBTFUL_CHARACTERS
    if not is_short or not words or _QUOTED.search(text) or small_talk(text):
        return False
    if text.rstrip().endswith("?"):
        return True
    known = {**sure_phrases(), **doubtful_phrases()}
    return any(
        tuple(words[start:end]) in known
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    )


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the words in lower case, and the pictograms."""
    plain = _APOSTROPHES.sub("", text.casefold().replace("ё", "е"))
    words = [_shortened(word) for word in _WORD.findall(plain)]
    symbols = [
        each for each in _MODIFIERS.sub("", text) if unicodedata.category(each) in {"So", "Sk"}
    ]
    return words, symbols


def _shortened(word: str) -> str:
    """Return the known word that is meant by one with repeated letters, such as `круууто`."""
    once, twice = _LONG_RUN.sub(r"\1", word), _LONG_RUN.sub(r"\1\1", word)
    return next((each for each in (word, once, twice) if each in vocabulary()), word)


def _covered(words: Sequence[str]) -> tuple[set[SmallTalk], set[SmallTalk], bool] | None:
    """Cover the words by phrases: the kinds of sure and of doubtful ones, and whether there are fillers.

    None: some words belong to no phrase.
    """
    kinds: set[SmallTalk] = set()
    doubtful: set[SmallTalk] = set()
    is_padded = has_subject = False
    place = 0
    while place < len(words):
        for end in range(len(words), place, -1):
            phrase = tuple(words[place:end])
            if kind := sure_phrases().get(phrase):
                kinds.add(kind)
            elif kind := doubtful_phrases().get(phrase):
                doubtful.add(kind)
            elif phrase in fillers():
                is_padded = True
            elif phrase in subjects():
                has_subject = True
            else:
                continue
            place = end
            break
        else:
            return None
    if has_subject and not kinds & {SmallTalk.PRICE, SmallTalk.ABILITIES}:
        return None
    return kinds, doubtful, is_padded
