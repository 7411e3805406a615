import asyncio
from collections.abc import Sequence

import pytest

from webhook_app.telegram.group_commit import GroupCommit


class Store:
    """A store that writes groups when the test lets it, and records them."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = asyncio.Event()
        self.problem: Exception | None = None

    async def write(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        await self.open.wait()
        if self.problem:
            raise self.problem
        return [item * 10 for item in items]


@pytest.fixture
def store() -> Store:
    return Store()


async def begin(commit: GroupCommit[int, int], *items: int) -> list[asyncio.Task[int]]:
    """Submit items, and run what can run."""

    async def submit(item: int) -> int:
        return await commit(item)

    tasks = [asyncio.create_task(submit(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_items_during_a_write_share_the_next_one(store: Store) -> None:
    """The first item is written at once; those that arrive during a write share the next one, in their order."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1)
    tasks += await begin(commit, 2, 3, 4)
    assert store.groups == [[1]]
    store.open.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert store.groups == [[1], [2, 3, 4]]


async def test_item_gets_the_outcome_of_its_own_group(store: Store) -> None:
    """No caller returns before its item is written."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1)
    assert not tasks[0].done()
    store.open.set()
    assert await tasks[0] == 10


async def test_group_size_is_bounded(store: Store) -> None:
    """One write does not block the store for long."""
    store.open.set()
    tasks = await begin(GroupCommit(store.write, largest=2), 1, 2, 3, 4, 5)
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50]
    assert store.groups == [[1, 2], [3, 4], [5]]


async def test_failed_write_fails_its_group_and_the_waiting_items(store: Store) -> None:
    """The waiting ones would wait as long for the same failure; an item that comes later is tried again."""
    commit = GroupCommit(store.write)
    store.problem = ConnectionError("away")
    tasks = await begin(commit, 1, 2)
    tasks += await begin(commit, 3)
    store.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes == [store.problem] * 3
    assert store.groups == [[1, 2]]
    store.problem = None
    assert await commit(4) == 40


async def test_cancelled_caller_does_not_affect_its_group(store: Store) -> None:
    """Its item is still written, and the other callers get their outcome."""
    commit = GroupCommit(store.write)
    tasks = await begin(commit, 1, 2)
    tasks[0].cancel()
    store.open.set()
    assert await tasks[1] == 20
    assert store.groups == [[1, 2]]
