from collections import deque
from dataclasses import asdict, dataclass

from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.wire import Json

REMEMBERED_CALLS = 10_000
UNREMARKABLE = {"getUpdates"}


@dataclass(frozen=True)
class Call:
    """One call of the bot: `at` in Unix seconds, files by name and size.

    `status` is the result of the call: 200 if it was carried out, whatever was answered. `acknowledged`: the bot got
    its complete response.
    """

    method: str
    at: float
    chat_id: int | None
    parameters: Json
    status: int
    acknowledged: bool


class Calls:
    """Recorded calls of the bot."""

    def __init__(self) -> None:
        self._log: deque[Call] = deque(maxlen=REMEMBERED_CALLS)

    def record(
        self, method: str, at: float, parameters: Parameters, status: int, *, acknowledged: bool
    ) -> None:
        if method not in UNREMARKABLE:
            chat_id = parameters.integer("chat_id") or None
            summary = parameters.summary()
            self._log.append(Call(method, at, chat_id, summary, status, acknowledged))

    def log(self) -> list[Json]:
        return [asdict(call) for call in self._log]
