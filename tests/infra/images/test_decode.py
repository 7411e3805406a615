import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from infra.errors import BadPicture, BrokenResult, FailureKind, StorageError
from infra.images import decode as decoding
from infra.images.decode import BUDGET, CHILD_LIMIT, Budget, decode, decode_apart
from tests.processes import ROOT

MEGABYTE = 1024 * 1024


def refuse() -> None:
    raise BadPicture(FailureKind.PICTURE_TOO_SMALL, "16 pixels are needed")


def write_to(path: Path) -> None:
    path.write_bytes(b"")


def fill_memory() -> int:
    return len(bytearray(CHILD_LIMIT + MEGABYTE))


def environment() -> dict[str, str]:
    return dict(os.environ)


async def test_budget_is_granted_in_order() -> None:
    """A large request is not overtaken by small ones."""
    budget, got = Budget(10), list[str]()

    async def take(name: str, share: int) -> None:
        await budget.take(share)
        got.append(name)

    await take("half", 5)
    waiting = [asyncio.create_task(take("much", 8)), asyncio.create_task(take("little", 1))]
    await asyncio.sleep(0)
    assert got == ["half"]
    budget.give_back(5)
    await asyncio.gather(*waiting)
    assert got == ["half", "much", "little"]


async def test_cancelled_waiter_gives_its_place_to_the_next() -> None:
    """A cancelled step leaks nothing of the budget."""
    budget = Budget(10)
    await budget.take(10)
    first, second = (asyncio.create_task(budget.take(share)) for share in (10, 4))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    budget.give_back(10)
    assert await second == 4
    assert await asyncio.wait_for(budget.take(6), 1) == 6


async def test_concurrent_decoding_stays_within_the_budget() -> None:
    """Results and uploads share the budget of the process."""
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)  # work of a thread, not a wait of a worker
        with lock:
            running -= 1

    await asyncio.gather(*(decode(BUDGET // 2, work) for _ in range(6)))
    assert most == 2


async def test_cancelled_step_holds_its_share_until_its_thread_ends() -> None:
    """A thread cannot be stopped, so its memory is not free before it ends."""
    let_end = threading.Event()
    step = asyncio.create_task(decode(BUDGET, let_end.wait))
    await asyncio.sleep(0.05)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    after = asyncio.create_task(decode(1, threading.active_count))
    await asyncio.sleep(0.05)
    assert not after.done()
    let_end.set()
    await asyncio.wait_for(after, 5)


async def test_child_returns_the_functions_result() -> None:
    """A child returns the function's value or raises its error."""
    assert await decode_apart(divmod, 7, 2) == (3, 1)
    with pytest.raises(BadPicture, match="16 pixels") as caught:
        await decode_apart(refuse)
    assert caught.value.kind is FailureKind.PICTURE_TOO_SMALL


async def test_full_disk_in_a_child_is_a_storage_failure(tmp_path: Path) -> None:
    """A full disk says nothing about the file to decode."""
    with pytest.raises(StorageError, match="ENOENT"):
        await decode_apart(write_to, tmp_path / "no such folder" / "file")


async def test_crash_of_a_child_does_not_stop_the_worker() -> None:
    """A decoder that crashes leaves the worker running, and the file is refused."""
    with pytest.raises(BrokenResult, match="exited with -6"):
        await decode_apart(os.abort)
    assert await decode_apart(abs, -1) == 1


async def test_memory_of_a_child_is_limited() -> None:
    """The kernel enforces the limit, and the error says that the file needs too much memory."""
    if sys.platform != "linux":
        return
    with pytest.raises(BrokenResult, match="more memory") as caught:
        await decode_apart(fill_memory)
    assert caught.value.flaw is FailureKind.PICTURE_TOO_LARGE


async def test_child_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's share of the budget is released."""
    monkeypatch.setattr(decoding, "CHILD_SECONDS", 0.5)
    with pytest.raises(BrokenResult, match="takes longer"):
        await decode_apart(time.sleep, 60)
    assert await asyncio.wait_for(decode(BUDGET, abs, -1), 1) == 1


async def test_child_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that decodes untrusted files has no token in its environment."""
    monkeypatch.setenv("tg_bot_token", "123:secret")
    assert "123:secret" not in (await decode_apart(environment)).values()


def _webp(path: Path) -> None:
    # 63.9 megapixels in 36 bytes.
    Image.new("RGB", (8448, 7564), "red").save(path, "WEBP", lossless=True, quality=0, method=0)


def _progressive_jpeg(path: Path) -> None:
    image = Image.new("RGB", (8448, 7564), "red")
    image.save(path, "JPEG", progressive=True, subsampling=0)


_EXAMINE = """
import asyncio, pathlib, resource, sys
from infra.images.inspect import examine
from infra.images.normalize import make_fit
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = pathlib.Path(sys.argv[1])
found, thumbnail = asyncio.run(examine(path))
made = asyncio.run(make_fit(path, path))
print(found.width, found.height, made.width * made.height, len(thumbnail))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("draw", [_webp, _progressive_jpeg])
def test_largest_images_cost_the_worker_little_memory(
    tmp_path: Path, draw: Callable[[Path], None]
) -> None:
    """Formats whose decoders need many times the pixels are decoded in a child, with bounded memory."""
    draw(tmp_path / "large")
    command = [sys.executable, "-c", _EXAMINE, str(tmp_path / "large")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found, own, child = ran.stdout.splitlines()
    width, height, fitted, _ = map(int, found.split())
    assert (width, height) == (8448, 7564)
    assert 14_000_000 < fitted <= 16_000_000
    # ru_maxrss is in KiB.
    assert int(own) < 16 * 1024
    assert int(child) * 1024 < CHILD_LIMIT + 64 * MEGABYTE
