import math
from collections import deque
from dataclasses import dataclass, field

from infra.sandbox.telegram.refusals import too_many_requests
from infra.sandbox.telegram.wire import Clock


@dataclass(frozen=True, kw_only=True)
class RateLimits:
    """https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

    Telegram allows short bursts and does not document their length. Edits count like messages:
    https://github.com/tdlib/td/issues/2592
    """

    chat_per_second: float = 1.0
    chat_burst: int = 8
    group_per_minute: int = 20
    bot_per_second: float = 30.0
    bot_burst: int = 30
    webhook_per_second: float = 1.0


@dataclass
class Bucket:
    per_second: float
    burst: int
    filled: float
    level: float = field(init=False)

    def __post_init__(self) -> None:
        self.level = float(self.burst)

    def wait(self, now: float, amount: int) -> float:
        """Return the seconds until `amount` messages may pass: 0 when they may pass now."""
        elapsed, self.filled = max(0.0, now - self.filled), now
        self.level = min(float(self.burst), self.level + elapsed * self.per_second)
        return max(0.0, min(amount, self.burst) - self.level) / self.per_second

    def take(self, now: float, amount: int) -> None:  # noqa: ARG002 - the interface of a limit
        self.level -= amount


class Minute:
    """At most `most` messages in any 60 seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: deque[float] = deque(maxlen=most)

    def wait(self, now: float, amount: int) -> float:
        over = len(self._sent) + min(amount, self._most) - self._most
        return max(0.0, self._sent[over - 1] + 60 - now) if over > 0 else 0.0

    def take(self, now: float, amount: int) -> None:
        self._sent.extend([now] * amount)


class Rates:
    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, Minute] = {}
        self._bot = Bucket(limits.bot_per_second, limits.bot_burst, clock())
        self._webhook = Bucket(limits.webhook_per_second, 1, clock())

    def spend(self, chat_id: int, messages: int = 1) -> None:
        """Count `messages` to a chat, or refuse with the seconds to wait (429)."""
        now, limits = self._clock(), self._limits
        chat = Bucket(limits.chat_per_second, limits.chat_burst, now)
        buckets: list[Bucket | Minute] = [self._bot, self._chats.setdefault(chat_id, chat)]
        if chat_id < 0:
            group = self._groups.setdefault(chat_id, Minute(limits.group_per_minute))
            buckets.append(group)
        _spend(now, messages, *buckets)

    def spend_webhook_change(self) -> None:
        """Limit setWebhook to one call a second."""
        _spend(self._clock(), 1, self._webhook)


def _spend(now: float, amount: int, *buckets: Bucket | Minute) -> None:
    """Take from all buckets, or from none."""
    wait = max(bucket.wait(now, amount) for bucket in buckets)
    if wait > 0:
        raise too_many_requests(math.ceil(wait))
    for bucket in buckets:
        bucket.take(now, amount)
