"""Edits of job messages that show only how time passes: limited in each worker.

Telegram's rates are shared by all (infra/telegram/throttle.py); results and answers need most of them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from worker.queues.names import Clock

# Edits a second of one queue's worker, beyond which clocks are not updated, and how many of them at once.
_CLOCKS_PER_SECOND, _CLOCKS_AT_ONCE = 10.0, 10.0


class ClockEdits:
    """A token bucket of this process for updates of cards that show nothing but the time; all edits count."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._tokens, self._filled_at = _CLOCKS_AT_ONCE, clock()
        self._reserved = 0

    @contextmanager
    def reserved(self) -> Iterator[bool]:
        """Reserve an edit for a card that may need it; False if none is left."""
        now = self._clock()
        gained = (now - self._filled_at) * _CLOCKS_PER_SECOND
        self._tokens, self._filled_at = min(_CLOCKS_AT_ONCE, self._tokens + gained), now
        is_free = self._tokens - self._reserved >= 1
        self._reserved += is_free
        try:
            yield is_free
        finally:
            self._reserved -= is_free

    def count(self) -> None:
        """Count an edit of any kind; news of jobs do not wait, so they can use up the clocks' edits."""
        self._tokens = max(0.0, self._tokens - 1)
