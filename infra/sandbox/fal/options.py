import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Behaviour of one fal fake.

    `pace` multiplies every duration (1 is realistic, 0.02 is for tests), `slots` is the number of
    concurrent requests per account, `key` the only key to accept (None: any `id:secret`),
    `balance` the reported balance of an account in dollars.
    """

    data: Path
    pace: float = 1.0
    key: str | None = None
    slots: int = 2
    balance: float = 100.0
    now: Callable[[], float] = time.time
