"""A span of a trace, and what records it."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

type Kind = Literal["internal", "server", "client"]


@dataclass(slots=True)
class Span:
    """Times are nanoseconds since the epoch."""

    name: str
    kind: Kind
    trace_id: int
    span_id: int
    parent_id: int | None
    begun: int
    attributes: dict[str, str]
    ended: int = 0
    has_failed: bool = field(default=False)


class Recorder(Protocol):
    def record(self, span: Span) -> None:
        """Keep a span that has ended, without waiting for anybody."""

    async def flush(self, seconds: float) -> None:
        """Send what is kept, as far as that goes in this time."""
