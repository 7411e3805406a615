"""Formatting of dates."""

from datetime import date

from babel.dates import format_date

from infra.i18n import Phrases


def date_text(t: Phrases, day: str, *, year: bool = False) -> str:
    """Return plain text such as 5 декабря for an ISO date.

    Babel's own Russian formats with a year end in «г.», which must not meet the full stop of a sentence.
    """
    return format_date(date.fromisoformat(day), "d MMMM y" if year else "d MMMM", locale=t.language)
