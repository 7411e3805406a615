"""Waits after failures."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.retry import ASKED_JITTER, RetryPolicy, add_jitter

POLICY = RetryPolicy(first=1, longest=30)
AT_ONCE = RetryPolicy(first=0, longest=0)
ROOT = Path(__file__).parent.parent.parent


class Failing:
    """A call that fails a number of times, and the times of its attempts."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.times: list[float] = []

    async def __call__(self) -> str:
        self.times.append(time.monotonic())
        if len(self.times) <= self._failures:
            raise ConnectionError
        return "done"


def test_delay_doubles_up_to_the_longest() -> None:
    """Without jitter the delays are 1, 2, 4, … seconds, and stop growing at the bound."""
    assert [POLICY.delay(waits) for waits in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert POLICY.delay(10**9) == 30


@given(waits=st.integers(0, 10**6), draw=st.floats(0, 1, exclude_max=True))
def test_jitter_only_adds(waits: int, draw: float) -> None:
    """A wait is never shorter than its delay and never longer than half of it more."""
    delay = POLICY.delay(waits)
    assert delay <= POLICY.wait(waits, draw=lambda: draw) <= 1.5 * delay


@given(asked=st.floats(0.001, 10**6), draw=st.floats(0, 1, exclude_max=True))
def test_wait_that_the_server_asks_for_takes_precedence(asked: float, draw: float) -> None:
    """It is kept in full, with a second of jitter at most, whatever the policy's longest delay is."""
    assert asked <= POLICY.wait(3, asked=asked, draw=lambda: draw) <= asked + ASKED_JITTER


def test_server_that_asks_for_no_wait_gets_the_policys() -> None:
    """Retry-After: 0 is no reason to call again at once."""
    assert POLICY.wait(1, asked=0, draw=lambda: 0) == 2


def test_waits_differ() -> None:
    """Callers that failed together do not return together."""
    assert len({POLICY.wait(3) for _ in range(100)}) > 90
    assert len({add_jitter(5) for _ in range(100)}) > 90


async def test_call_is_repeated_until_it_succeeds() -> None:
    """Without a limit of attempts every accepted error is retried."""
    call = Failing(20)
    assert await AT_ONCE.run(call, lambda error: isinstance(error, ConnectionError)) == "done"
    assert len(call.times) == 21


async def test_last_attempt_raises_its_error_without_a_wait() -> None:
    """A policy of three attempts makes three calls and two waits."""
    call = Failing(20)
    policy = RetryPolicy(first=0.05, longest=0.05, attempts=3)
    with pytest.raises(ConnectionError):
        await policy.run(call, lambda _: True)
    assert len(call.times) == 3
    assert time.monotonic() - call.times[-1] < 0.04


async def test_error_that_is_not_accepted_is_raised_at_once() -> None:
    """A call that cannot succeed is made once."""
    call = Failing(1)
    with pytest.raises(ConnectionError):
        await POLICY.run(call, lambda _: False)
    assert len(call.times) == 1


async def test_accepted_error_may_name_the_wait() -> None:
    """A number of seconds from `on` replaces the policy's delay."""
    call = Failing(1)
    await RetryPolicy(first=60, longest=60).run(call, lambda _: 0.05)
    assert 0.05 <= call.times[1] - call.times[0] < 5


async def test_cancellation_ends_the_wait() -> None:
    """A process that shuts down does not wait for its retries."""
    waiting = asyncio.create_task(RetryPolicy(first=60, longest=60).run(Failing(1), lambda _: True))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_no_other_module_makes_its_own_backoff() -> None:
    """Random waits and doubled delays are made in one module; the fakes keep the schedules of what they imitate."""
    own = re.compile(r"^import random$|\b2(\.0)? ?\*\* ?[a-z(]", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for package in ("infra", "worker", "webhook_app")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "sandbox" not in path.parts and own.search(path.read_text())
    ]
    assert found == ["infra/retry.py"]
