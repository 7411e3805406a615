"""Scripts that go through a large set: a page at a time, because Redis does nothing else while a script runs."""

from collections.abc import Awaitable, Callable
from typing import Any

#: About how many members a page has: some milliseconds of Redis' time.
PAGE = 500


async def sum_of_pages(script: Callable[..., Awaitable[Any]]) -> int:
    """Call a script for each page, with its `cursor`; it returns the next one and a number. Return their sum."""
    total, cursor = 0, "0"
    while True:
        following, number = await script(cursor=cursor)
        cursor, total = following.decode(), total + int(number)
        if cursor == "0":
            return total
