"""The report of an aborted run."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.chaos_hosts import scenario
from tests.chaos_hosts.network import Host


class _Hanging(AbstractAsyncContextManager[None]):
    """Hosts that never start."""

    def __init__(self, folder: Path, hosts: Sequence[Host]) -> None: ...

    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *_: object) -> None: ...


async def test_hanging_run_is_aborted_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It has failed, whatever the count is."""
    monkeypatch.setattr(scenario, "running_hosts", _Hanging)
    monkeypatch.setattr(scenario, "WHOLE_SECONDS", 0.05)
    ending = await scenario.play(scenario.PLAN, 1, tmp_path, [])
    assert not ending.is_clean
    assert [*ending.lines()] == [
        "  nothing was ordered yet",
        "ABORTED while waiting until the hosts are up: not within 0.05 s in all",
    ]
