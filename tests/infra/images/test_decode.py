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


async def test_shares_are_given_in_the_order_they_were_asked_for() -> None:
    """Somebody who waits for much is not overtaken by those who want little."""
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


async def test_whoever_gives_up_waiting_leaves_their_place_to_the_next() -> None:
    """Nothing of the budget is lost with a cancelled step."""
    budget = Budget(10)
    await budget.take(10)
    first, second = (asyncio.create_task(budget.take(share)) for share in (10, 4))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    budget.give_back(10)
    assert await second == 4
    assert await asyncio.wait_for(budget.take(6), 1) == 6


async def test_no_more_is_decoded_at_once_than_the_budget_allows() -> None:
    """Results and uploads alike: the budget is the process's."""
    running, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)  # a thread's work, not a worker's wait
        with lock:
            running -= 1

    await asyncio.gather(*(decode(BUDGET // 2, work) for _ in range(6)))
    assert most == 2


async def test_a_cancelled_step_holds_its_share_until_its_thread_has_ended() -> None:
    """A thread cannot be stopped, and so its memory is not free before."""
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


async def test_a_child_answers_as_the_function_would() -> None:
    """With its value, or with the same error."""
    assert await decode_apart(divmod, 7, 2) == (3, 1)
    with pytest.raises(BadPicture, match="16 pixels") as caught:
        await decode_apart(refuse)
    assert caught.value.kind is FailureKind.PICTURE_TOO_SMALL


async def test_a_childs_full_disk_is_the_storages_trouble(tmp_path: Path) -> None:
    """It says nothing about the file that was to be decoded."""
    with pytest.raises(StorageError, match="ENOENT"):
        await decode_apart(write_to, tmp_path / "no such folder" / "file")


async def test_a_child_dies_alone() -> None:
    """A decoder that crashes takes nothing with it, and the file is refused."""
    with pytest.raises(BrokenResult, match="ended with -6"):
        await decode_apart(os.abort)
    assert await decode_apart(abs, -1) == 1


async def test_a_child_cannot_take_more_memory_than_it_may() -> None:
    """The kernel holds it to that, whatever a library does; the flaw says that it was too much."""
    if sys.platform != "linux":
        return
    with pytest.raises(BrokenResult, match="more memory") as caught:
        await decode_apart(fill_memory)
    assert caught.value.flaw is FailureKind.PICTURE_TOO_LARGE


async def test_a_child_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its share of the budget is free again."""
    monkeypatch.setattr(decoding, "CHILD_SECONDS", 0.5)
    with pytest.raises(BrokenResult, match="takes longer"):
        await decode_apart(time.sleep, 60)
    assert await asyncio.wait_for(decode(BUDGET, abs, -1), 1) == 1


async def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks strangers' files has no token in its environment."""
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
def test_the_largest_pictures_take_next_to_nothing_of_their_worker(
    tmp_path: Path, draw: Callable[[Path], None]
) -> None:
    """Formats whose decoders take many times the pixels: read to the end, and bounded."""
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
