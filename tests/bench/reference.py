"""A fixed amount of work, timed at the start: absolute figures depend on the machine, ratios hardly."""

import time
import zlib

_NUMBERS = 100_000
_BYTES = b"".join(number.to_bytes(4) for number in range(40_000))
_TIMES = 5


def reference() -> float:
    """Return the shortest of several times, in seconds: half is Python's own, half zlib's."""
    return min(_seconds() for _ in range(_TIMES))


def _seconds() -> float:
    started = time.perf_counter()
    total = 0
    for number in range(_NUMBERS):
        total += number * number % 7
    assert zlib.decompress(zlib.compress(_BYTES)) == _BYTES
    return time.perf_counter() - started
