import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How one stand-in behaves.

    `pace` multiplies every believable time (1 is lifelike, 0.02 is for tests), `slots` is how many
    requests of one account run at once, `key` the only one accepted (None: any `id:secret`),
    `balance` the dollars that an account is said to have.
    """

    data: Path
    pace: float = 1.0
    key: str | None = None
    slots: int = 2
    balance: float = 100.0
    now: Callable[[], float] = time.time
