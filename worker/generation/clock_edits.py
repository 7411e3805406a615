"""Edits of job messages that show only how time passes: limited in each worker.

Telegram's rates are shared by all (infra/telegram/throttle.py); results and answers need most of them.
"""

import time

from worker.queues.names import Clock

# Edits a second of one queue's worker, beyond which clocks are not updated, and how many of them at once.
_CLOCKS_PER_SECOND, _CLOCKS_AT_ONCE = 10.0, 10.0


class ClockEdits:
    """A token bucket of this process for updates of cards that show nothing but the time; all edits count."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._tokens, self._filled_at = _CLOCKS_AT_ONCE, clock()

    def has_room(self) -> bool:
        """Return whether a card's clock may be updated now."""
        now = self._clock()
        gained = (now - self._filled_at) * _CLOCKS_PER_SECOND
        self._tokens, self._filled_at = min(_CLOCKS_AT_ONCE, self._tokens + gained), now
        return self._tokens >= 1

    def count(self) -> None:
        """Count an edit of any kind; news of jobs do not wait, so they can use up the clocks' edits."""
        self._tokens = max(0.0, self._tokens - 1)
