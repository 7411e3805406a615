"""Retry policy: how long to wait after a failed attempt.

One policy serves both ways to wait. The worker passes `wait()` on to a deferred job. A loop within a process calls
`run()`, which sleeps. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

#: Seconds: maximum jitter that is added to a server's Retry-After.
ASKED_JITTER = 1.0
# More doublings than any policy needs to reach its longest delay.
_MOST_DOUBLINGS = 64


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter. Times are in seconds.

    The delay doubles from `first` up to `longest`. Jitter only adds to it, by up to `jitter` times the delay: no retry
    comes earlier than the policy says, and calls that failed together do not retry together.

    `attempts` limits the calls of `run`; None: until one succeeds.
    """

    first: float
    longest: float
    jitter: float = 0.5
    attempts: int | None = None

    def delay(self, waits: int) -> float:
        """Return the delay without jitter, after `waits` earlier ones."""
        return min(self.longest, self.first * 2.0 ** min(waits, _MOST_DOUBLINGS))

    def wait(
        self,
        waits: int,
        *,
        asked: float | None = None,
        draw: Callable[[], float] = random.random,
    ) -> float:
        """Return the next wait, after `waits` earlier ones; `asked`, the server's Retry-After, takes precedence."""
        if asked:
            return add_jitter(asked, self.jitter, draw, most=ASKED_JITTER)
        return add_jitter(self.delay(waits), self.jitter, draw)

    async def run[T](
        self, call: Callable[[], Awaitable[T]], on: Callable[[Exception], float | bool]
    ) -> T:
        """Repeat the call while `on` accepts its error: True waits by this policy, a number waits these seconds."""
        waits = 0
        while True:
            try:
                return await call()
            except Exception as error:
                accepted = on(error)
                if accepted is False or waits + 1 == self.attempts:
                    raise
            await asyncio.sleep(self.wait(waits, asked=None if accepted is True else accepted))
            waits += 1


def add_jitter(
    seconds: float,
    jitter: float = 0.5,
    draw: Callable[[], float] = random.random,
    *,
    most: float = math.inf,
) -> float:
    """Add up to `jitter` times the wait to it, at most `most` seconds. For waits that do not come from a policy."""
    return seconds + min(most, seconds * jitter) * draw()
