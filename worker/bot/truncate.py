"""Truncation of users' texts, by the length that Telegram counts."""

import html
import re

from infra.telegram.text_length import length

ELLIPSIS = "…"

_TAG = re.compile("<[^>]*>")


def shown_length(markup: str) -> int:
    """Return the length of HTML after parsing, which Telegram's limits apply to."""
    return length(plain_text(markup))


def plain_text(markup: str) -> str:
    """Return the text of HTML."""
    return html.unescape(_TAG.sub("", markup))


def excerpt(text: str, limit: int) -> str:
    """Return the text, or its beginning with an ellipsis if it is longer than `limit`."""
    if length(text) <= limit:
        return text
    beginning = text.encode("utf-16-le", "surrogatepass")[: 2 * (limit - 1)]
    return beginning.decode("utf-16-le", "ignore").rstrip() + ELLIPSIS


def one_line(text: str, limit: int) -> str:
    return excerpt(" ".join(text.split()), limit)
