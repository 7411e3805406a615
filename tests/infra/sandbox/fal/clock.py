import time
from dataclasses import dataclass


@dataclass
class Clock:
    """The time of day, and as many seconds ahead of it as a test says."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead
