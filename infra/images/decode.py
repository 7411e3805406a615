"""Decoding of images and videos within a memory budget, and of large ones in a child process.

A few bytes can expand to hundreds of megabytes. All concurrent decoding, of results and uploads, shares one budget.
Ordinary files are decoded in a thread. Large ones are decoded in a child process with a kernel memory limit: it can
fail or die without its parent, is killed when it takes too long, and returns all its memory.
"""

import asyncio
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from infra.errors import BrokenResult, DarkroomError, FailureKind
from infra.images.reader import ORDINARY_PIXELS, read_headers
from infra.process.child import limit_memory, run_child
from infra.storage.disk_errors import own_files

_MEGABYTE = 1024 * 1024
#: Bytes for all concurrent decoding; with the rest of a worker it stays below the memory limit of the systemd units.
BUDGET = 608 * _MEGABYTE
#: Bytes that a child may allocate.
CHILD_LIMIT = 560 * _MEGABYTE
#: Seconds after which a child is killed.
CHILD_SECONDS = 120.0


class Budget:
    """An amount that is shared in order of arrival, so that small shares do not starve a large one."""

    def __init__(self, amount: int) -> None:
        self._amount = self._free = amount
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, share: int) -> int:
        """Wait for a share and return the granted amount, at most the total."""
        share = min(share, self._amount)
        if share <= self._free and not self._waiting:
            self._free -= share
            return share
        granted = asyncio.get_running_loop().create_future()
        entry = (share, granted)
        self._waiting.append(entry)
        try:
            await granted
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
                self.give_back(0)
            else:
                self.give_back(share)
            raise
        return share

    def give_back(self, share: int) -> None:
        self._free += share
        while self._waiting and self._waiting[0][0] <= self._free:
            next_share, granted = self._waiting.popleft()
            if not granted.cancelled():
                self._free -= next_share
                granted.set_result(None)


budget = Budget(BUDGET)


async def decode[**P, T](
    cost: int, function: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> T:
    """Call a decoding function in a thread as soon as `cost` bytes of the budget are free."""
    share = await budget.take(cost)
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **named))

    # A thread continues when its caller is cancelled, so its share is returned only when it ends.
    def end(_: object) -> None:
        budget.give_back(share)
        if not work.cancelled():
            work.exception()

    work.add_done_callback(end)
    return await asyncio.shield(work)


async def decode_image[**P, T](
    paths: Iterable[Path], function: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> T:
    """Call a module-level function that decodes these images, in a child if one is large. Raises BrokenResult."""
    headers = await asyncio.to_thread(read_headers, paths)
    if any(header.pixels > ORDINARY_PIXELS for header in headers):
        return await decode_apart(function, *arguments, **named)
    cost = sum(header.decoding_cost for header in headers)
    return await decode(cost, function, *arguments, **named)


async def decode_apart[**P, T](
    function: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> T:
    """Call a module-level function in a child process. Raises BrokenResult if the child fails."""
    share = await budget.take(CHILD_LIMIT)
    try:
        call = pickle.dumps((function, arguments, named))
        code, answer = await run_child("infra.images.decode", call, CHILD_SECONDS)
    except TimeoutError:
        raise _too_much(f"decoding takes longer than {CHILD_SECONDS:.0f} seconds") from None
    finally:
        budget.give_back(share)
    if code:
        raise _too_much(f"the decoder exited with {code}")
    failure, result = pickle.loads(answer)  # noqa: S301 - the child wrote it
    if failure is not None:
        kind, error_arguments, state = failure
        error: DarkroomError = kind.__new__(kind, *error_arguments)
        error.__dict__.update(state)
        raise error
    return result  # type: ignore[no-any-return] # the function's own result


def _too_much(reason: str) -> BrokenResult:
    return BrokenResult(
        f"The file cannot be decoded safely: {reason}.", FailureKind.PICTURE_TOO_LARGE
    )


def main() -> None:
    """Main function of the child: read a call, and write its result or its error."""
    limit_memory(CHILD_LIMIT)
    function, arguments, named = pickle.load(sys.stdin.buffer)  # noqa: S301 - the parent wrote it
    error: DarkroomError | None = None
    result: object = None
    try:
        with own_files():
            result = function(*arguments, **named)
    except DarkroomError as raised:
        error = raised
    except MemoryError:
        error = _too_much("decoding needs more memory than allowed")
    failure = (type(error), error.args, vars(error)) if error else None
    sys.stdout.buffer.write(pickle.dumps((failure, result)))


if __name__ == "__main__":
    main()
