import asyncio
from collections.abc import Sequence

import pytest

from webhook_app.telegram.group_commit import GroupCommit


class Store:
    """Writes groups when it is let, and remembers them."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = asyncio.Event()
        self.trouble: Exception | None = None

    async def write(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        await self.open.wait()
        if self.trouble:
            raise self.trouble
        return [item * 10 for item in items]


@pytest.fixture
def store() -> Store:
    return Store()


async def begin(commit: GroupCommit[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Hand items in, and let what can go go."""

    async def hand_in(item: int) -> int:
        return await commit(item)

    tasks = [asyncio.create_task(hand_in(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_the_first_goes_at_once_and_those_meanwhile_go_together(store: Store) -> None:
    """Nobody waits for company; whoever comes during a write shares the next one, in their order."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1)
    tasks += await begin(commit, 2, 3, 4)
    assert store.groups == [[1]]
    store.open.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert store.groups == [[1], [2, 3, 4]]


async def test_nobody_is_answered_before_their_own_write(store: Store) -> None:
    """An outcome comes from the group that an item went with."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1)
    assert not tasks[0].done()
    store.open.set()
    assert await tasks[0] == 10


async def test_groups_have_a_bound(store: Store) -> None:
    """One write must not hold the store for long."""
    store.open.set()
    tasks = await begin(GroupCommit(store.write, largest=2), 1, 2, 3, 4, 5)
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50]
    assert store.groups == [[1, 2], [3, 4], [5]]


async def test_a_failed_write_fails_its_group_and_who_waited_behind(store: Store) -> None:
    """They would wait as long again for the same; who comes later is a new try."""
    commit = GroupCommit(store.write)
    store.trouble = ConnectionError("away")
    tasks = await begin(commit, 1, 2)
    tasks += await begin(commit, 3)
    store.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes == [store.trouble] * 3
    assert store.groups == [[1, 2]]
    store.trouble = None
    assert await commit(4) == 40


async def test_who_goes_away_takes_nobody_along(store: Store) -> None:
    """A caller that was cancelled is written all the same, and the others are answered."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1, 2)
    tasks[0].cancel()
    store.open.set()
    assert await tasks[1] == 20
    assert store.groups == [[1, 2]]
