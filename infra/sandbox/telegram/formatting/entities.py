"""Entities that Telegram detects in a text: links, mentions, hashtags, commands, addresses."""

import re

from infra.sandbox.telegram.formatting.text import FormattedText, order, units
from infra.sandbox.telegram.wire import Json

PATTERNS = (
    ("url", re.compile(r"\b(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]}»]", re.IGNORECASE)),
    ("email", re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{2,64})+\b")),
    ("mention", re.compile(r"(?<![\w/@.])@[A-Za-z]\w{2,31}\b", re.ASCII)),
    ("bot_command", re.compile(r"(?<![\w/<>@])/\w{1,64}(?:@\w{3,32})?\b", re.ASCII)),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}")),
)
UNTOUCHED = {"code", "pre", "text_link", "text_mention"}


def detect(formatted: FormattedText) -> FormattedText:
    """Add detected entities that do not overlap the sender's entities."""
    taken = [entity for entity in formatted.entities if entity["type"] in UNTOUCHED]
    found: list[Json] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(formatted.text):
            offset = units(formatted.text[: match.start()])
            entity = {"type": kind, "offset": offset, "length": units(match[0])}
            if not any(_overlap(entity, other) for other in taken + found):
                found.append(entity)
    return FormattedText(formatted.text, sorted(formatted.entities + found, key=order))


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
