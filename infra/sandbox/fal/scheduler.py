"""Lifecycle of a request: wait queue, slot, work, result."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable

from loguru import logger

from infra.sandbox.fal.catalog import Catalog
from infra.sandbox.fal.errors import Failure, cancelled, internal_error, start_timeout
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.outcomes import Outcome
from infra.sandbox.fal.records import Record, State, Store

# Requests of other accounts, which are ahead of every new request.
STRANGERS = 3

type Run = Callable[[Record], Awaitable[Outcome]]
type OnCompleted = Callable[[Record], None]


class Scheduler:
    def __init__(
        self,
        options: Options,
        catalog: Catalog,
        store: Store,
        run: Run,
        on_completed: OnCompleted,
    ) -> None:
        self._options = options
        self._catalog = catalog
        self._store = store
        self._run = run
        self._on_completed = on_completed
        self._records = {record.request_id: record for record in store.load()}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(options.slots)
        )

    @property
    def records(self) -> list[Record]:
        return list(self._records.values())

    def find(self, request_id: str) -> Record | None:
        return self._records.get(request_id)

    def resume(self) -> None:
        """Resume the requests of a previous process, those that were running first."""
        left = [record for record in self.records if record.state is not State.COMPLETED]
        for record in sorted(left, key=lambda record: record.state is State.IN_QUEUE):
            self._begin(record)

    def accept(self, record: Record) -> None:
        self._records[record.request_id] = record
        self._save(record)
        self._begin(record)

    def keep(self, record: Record) -> None:
        """Keep a request that was answered at once, without the queue."""
        self._records[record.request_id] = record
        self._save(record)

    def position(self, record: Record) -> int:
        """Return how many requests are ahead: of other accounts, or earlier ones of the same account."""
        if "#stuck" in record.fault_words:
            return 0
        strangers = STRANGERS - int(self._waited(record) / self._turn(record))
        return max(0, strangers, self._earlier(record))

    def length(self, account: str) -> int:
        return STRANGERS + sum(self._waits(record, account) for record in self._alive())

    def progress(self, record: Record) -> float:
        """Return progress from 0 to 1, by the simulated duration of the work."""
        if record.started_at is None or record.state is State.IN_QUEUE:
            return 0.0
        elapsed = (record.completed_at or self._options.now()) - record.started_at
        return min(1.0, elapsed / self.work(record)) if self.work(record) else 1.0

    def work(self, record: Record) -> float:
        return self._catalog.timing(record.endpoint).work * self._stretch(record)

    def spent(self, account: str) -> float:
        """Return what the account's requests have cost, in dollars."""
        bills = (record.bill for record in self.records if record.account == account)
        return sum(bill.dollars for bill in bills if bill is not None)

    def forget_payloads(self, record: Record) -> None:
        record.stores_payloads = False
        record.result = b""
        self._store.save(record)

    def cancel(self, record: Record) -> State:
        """Cancel the request if it can still be cancelled, and return the state that it was in."""
        state = record.state
        if state is State.IN_QUEUE or (state is State.IN_PROGRESS and self.progress(record) < 0.5):
            self._tasks[record.request_id].cancel()
            record.cancelled = True
            self._complete(record, Outcome.of(cancelled()))
        return state

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, record: Record) -> None:
        task = asyncio.create_task(self._live(record), name=record.request_id)
        self._tasks[record.request_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(record.request_id))

    async def _live(self, record: Record) -> None:
        slot = self._slots[record.account]
        try:
            async with asyncio.timeout(self._left_to_start(record)):
                await asyncio.sleep(self._left_in_line(record))
                await slot.acquire()
        except TimeoutError:
            self._complete(record, Outcome.of(start_timeout()))
            return
        try:
            self._complete(record, await self._work(record))
        finally:
            slot.release()

    async def _work(self, record: Record) -> Outcome:
        record.state = State.IN_PROGRESS
        record.started_at = record.started_at or self._options.now()
        self._save(record)
        try:
            outcome = await self._run(record)
        except Failure as failure:
            return Outcome.of(failure)
        except Exception:  # noqa: BLE001 - a bug in the fake is reported as fal's 500
            logger.exception("Rendering failed: {}", record.request_id)
            return Outcome.of(internal_error())
        left = record.started_at + self.work(record) - self._options.now()
        await asyncio.sleep(max(0.0, left))
        return outcome

    def _complete(self, record: Record, outcome: Outcome) -> None:
        record.state = State.COMPLETED
        record.completed_at = self._options.now()
        outcome.write_to(record)
        self._save(record)
        self._on_completed(record)

    def _save(self, record: Record) -> None:
        self._store.save(record)
        logger.info("Request {}: {} {}", record.state, record.request_id, record.endpoint)

    def _left_to_start(self, record: Record) -> float | None:
        if record.start_before is None or record.started_at is not None:
            return None
        return record.start_before - self._options.now()

    def _left_in_line(self, record: Record) -> float:
        if record.started_at is not None:
            return 0.0
        if "#stuck" in record.fault_words:
            return math.inf
        return max(0.0, (STRANGERS + 1) * self._turn(record) - self._waited(record))

    def _waited(self, record: Record) -> float:
        return self._options.now() - record.created_at

    def _turn(self, record: Record) -> float:
        return self._catalog.timing(record.endpoint).turn * self._stretch(record) or 1e-9

    def _stretch(self, record: Record) -> float:
        return self._options.pace * (10 if "#slow" in record.fault_words else 1)

    def _earlier(self, record: Record) -> int:
        return sum(
            self._waits(other, record.account) and other.created_at < record.created_at
            for other in self._alive()
        )

    def _alive(self) -> list[Record]:
        """Return the requests that are not completed; this stays small as completed requests accumulate."""
        return [self._records[request_id] for request_id in self._tasks]

    def _waits(self, record: Record, account: str) -> bool:
        return (
            record.account == account
            and record.state is State.IN_QUEUE
            and "#stuck" not in record.fault_words
        )
