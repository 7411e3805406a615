"""A value that is opened on first use, for what loads slowly or may not be available at start."""

import asyncio
import threading
from collections.abc import Callable


class Lazy[T]:
    """Opens its value once, in a thread. An attempt that fails raises, and the next one tries again."""

    def __init__(self, opener: Callable[[], T]) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._opened: tuple[T] | None = None

    async def open(self) -> T:
        """Return the value. Raises what the opener raises."""

        def open_once() -> T:
            with self._lock:
                if self._opened is None:
                    self._opened = (self._opener(),)
                return self._opened[0]

        return self._opened[0] if self._opened else await asyncio.to_thread(open_once)
