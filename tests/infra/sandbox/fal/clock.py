import time
from dataclasses import dataclass


@dataclass
class Clock:
    """The wall clock, plus the seconds that a test adds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead
