"""A value that is opened on first use."""

import asyncio
import time

import pytest

from webhook_app.lazy import Lazy


class Opener:
    """Count calls; fail the first ones."""

    def __init__(self, failures: int = 0) -> None:
        self.calls = 0
        self._failures = failures

    def __call__(self) -> object:
        self.calls += 1
        time.sleep(0.02)
        if self.calls <= self._failures:
            raise OSError
        return object()


async def test_value_is_opened_on_first_use() -> None:
    """Creating it costs nothing, and neither does never using it."""
    opener = Opener()
    lazy = Lazy(opener)
    assert opener.calls == 0
    assert await lazy.open() is await lazy.open()
    assert opener.calls == 1


async def test_concurrent_requests_open_one_value() -> None:
    """All first requests get the same value."""
    opener = Opener()
    lazy = Lazy(opener)
    assert len(set(await asyncio.gather(*(lazy.open() for _ in range(10))))) == 1
    assert opener.calls == 1


async def test_failed_opening_is_tried_again() -> None:
    """A folder that is mounted after the start is found by the next request."""
    lazy = Lazy(Opener(failures=1))
    with pytest.raises(OSError):  # noqa: PT011 - the opener's exception, which has no text to match
        await lazy.open()
    assert await lazy.open() is await lazy.open()


async def test_opening_leaves_the_event_loop_free() -> None:
    """Other requests are served while a library loads."""
    lazy = Lazy(lambda: time.sleep(0.2))
    opening = asyncio.create_task(lazy.open())
    begun = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - begun < 0.1
    await opening
