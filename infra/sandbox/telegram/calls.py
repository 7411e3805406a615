from collections import deque
from dataclasses import asdict, dataclass

from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import ApiError
from infra.sandbox.telegram.wire import Json

REMEMBERED_CALLS = 10_000
UNREMARKABLE = {"getUpdates"}


@dataclass
class Fault:
    """What the next `times` calls of a method meet with."""

    method: str
    status: int = 500
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None
    times: int = 1
    chat_id: int | None = None
    description: str = ""
    drop: bool = False

    def concerns(self, method: str, parameters: Parameters) -> bool:
        right_chat = self.chat_id is None or parameters.integer("chat_id") == self.chat_id
        return self.times > 0 and right_chat and method.lower() == self.method.lower()

    def error(self) -> ApiError:
        if self.status == 429:
            seconds = self.retry_after or 1
            return ApiError(429, self.description or f"retry after {seconds}", retry_after=seconds)
        return ApiError(
            self.status,
            self.description or "asked for by a test",
            migrate_to_chat_id=self.migrate_to_chat_id,
        )


@dataclass(frozen=True)
class Call:
    """One call of the bot's: `at` in Unix seconds, files told by name and size."""

    method: str
    at: float
    chat_id: int | None
    parameters: Json
    status: int


class Calls:
    """What the bot did, and the trouble that tests have in store for it."""

    def __init__(self) -> None:
        self._log: deque[Call] = deque(maxlen=REMEMBERED_CALLS)
        self._faults: list[Fault] = []

    def record(self, method: str, at: float, parameters: Parameters, status: int) -> None:
        if method not in UNREMARKABLE:
            chat_id = parameters.integer("chat_id") or None
            self._log.append(Call(method, at, chat_id, parameters.summary(), status))

    def log(self) -> list[Json]:
        return [asdict(call) for call in self._log]

    def expect_fault(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear_faults(self) -> None:
        self._faults.clear()

    def next_fault(self, method: str, parameters: Parameters) -> Fault | None:
        """The trouble this call meets; it counts as met."""
        for fault in self._faults:
            if fault.concerns(method, parameters):
                fault.times -= 1
                return fault
        return None
