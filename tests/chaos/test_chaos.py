"""A short run of `make chaos`."""

import pytest

from tests.chaos.orders import FAULT_WORDS
from tests.chaos.report import lines
from tests.chaos.scenario import Plan, play

SHORT = Plan(
    jobs=30,
    users=6,
    seed=7,
    workers=2,
    rate=5.0,
    interval=0.7,
    # A busy fal is retried until the job's deadline, which would exceed the test's timeout.
    problem=sorted(FAULT_WORDS.keys() - {"#busy"}),
    end_timeout=90.0,
    warm=True,
)


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_chaos_loses_and_repeats_nothing() -> None:
    """Thirty jobs while web, workers and Valkey are killed, fal and Telegram fail, and strangers forge callbacks."""
    outcome = await play(SHORT)
    assert outcome.is_clean, "\n".join(lines(outcome))
