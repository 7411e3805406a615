"""The drain: one chat's updates, one after another, each removed only when its answer is out.

While Telegram or Redis is away an update stays at the head of its chat's inbox, and a deferred drain tries it again.
"""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from pydantic_core import from_json

from infra.observability.metrics import Meter
from infra.observability.request_id import about, of_update
from infra.observability.tracing import note, span
from infra.redis.client import UNAVAILABLE
from infra.retry import RetryPolicy, add_jitter
from infra.telegram.outcomes import Away, TelegramOutcome
from infra.telegram.replay import Calls, replaying
from worker.queues.inbox import Head, Inbox
from worker.queues.names import Clock

# More than a handler's calls take that wait for one slow answer, and for a 429 (infra/telegram/bot.py).
HANDLER_SECONDS = 60
# After so long the chat goes on in a further drain, so that a flood from one leaves slots to the others.
DRAIN_SECONDS = 20
# Workers are killed for reasons of their own too: an update is blamed for so many tries that came to no end.
MAX_ATTEMPTS = 5

# While Telegram is away; it may ask for more.
AWAY_RETRY = RetryPolicy(first=2, longest=30)
# Of an update that was not handled in time.
SLOW_RETRY = RetryPolicy(first=1, longest=1024)
LONGEST_FLOOD = 3600
# A message that Telegram did not answer may have arrived. It is sent again when Telegram answers, then only when it has
# answered such a message since, or after ten minutes; and so often in all, less often where it tells of a failure.
UNANSWERED_WAIT, WINDOW = 5, 600
MOST_UNANSWERED, MOST_TOLD = 5, 3

# Digits. Python refuses numbers of more than 4300.
_LONGEST_NUMBER = 20

type Update = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """What the drain works with; worker/composition.py puts it together.

    `handle` returns why an update cannot be handled, None when it was; `tell` says so to its person; `probe` asks
    Telegram whether it is there. All three raise Away.
    """

    inbox: Inbox
    handle: Callable[[Update], Awaitable[str | None]]
    tell: Callable[[Update], Awaitable[None]]
    probe: Callable[[], Awaitable[None]]
    meter: Meter = field(default_factory=Meter)
    clock: Clock = time.time


async def drain(conversation: Conversation, chat: str) -> None:
    """Handle what waits in a chat's inbox, unless another drain holds the chat."""
    try:
        await _Drain(conversation, chat).run()
    except UNAVAILABLE as error:
        # Its lease runs out, and the chat is recovered.
        logger.warning("chat {} waits for Redis: {}", chat, error)


async def recover(conversation: Conversation) -> None:
    """Go on with every chat whose drain died."""
    if recovered := await conversation.inbox.recover():
        logger.warning("{} chats were left by a drain that died; they go on", recovered)


class _Drain:
    def __init__(self, conversation: Conversation, chat: str) -> None:
        self._conversation = conversation
        self._inbox = conversation.inbox
        self._chat = chat
        self._token = secrets.token_hex(8)

    async def run(self) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        body = await self._inbox.take(self._chat, self._token)
        while body is not None:
            body = await self._handle(body)
            if body is not None and time.monotonic() > until:
                await self._inbox.put_off(self._chat, self._token)
                return

    async def _handle(self, body: bytes) -> bytes | None:
        """Handle the first update and read the next; None: there is none, or this one has to wait."""
        mark = secrets.token_hex(8)
        head = await self._inbox.begin(self._chat, self._token, mark, body)
        if head is None:
            return None
        update = _parse(body)
        update_id = update.get("update_id") if update else None
        attempt = _Attempt(self._conversation, head, update, body)
        with about(of_update(update_id, body), update=update_id, chat=self._chat):
            try:
                with (
                    self._conversation.meter.timed("darkroom_update_seconds"),
                    span("handle update"),
                ):
                    async with self._time_limit():
                        await attempt.run()
                    note(outcome="set aside" if attempt.verdict else "ok")
            except Away as away:
                await self._wait_for_telegram(mark, attempt, away)
                return None
            except TimeoutError:
                await self._try_again(attempt)
                return None
            except UNAVAILABLE as error:
                await self._wait_for_redis(mark, attempt, error)
                return None
            if attempt.verdict:
                logger.error(
                    "an update was set aside ({}); `darkroom dead-letters list` shows it",
                    attempt.verdict,
                )
            return await self._inbox.finish(
                self._chat, self._token, mark, attempt.verdict, attempt.calls.answered
            )

    @contextlib.asynccontextmanager
    async def _time_limit(self) -> AsyncIterator[None]:
        """Raise TimeoutError when a handler takes too long, and before its chat may be somebody else's."""
        loop = asyncio.get_running_loop()
        end, held = loop.time() + HANDLER_SECONDS, self._inbox.lease_seconds * 0.8
        async with asyncio.timeout_at(min(end, loop.time() + held)) as limit:
            renewal = asyncio.create_task(self._renew(limit, end, held))
            try:
                yield
            finally:
                renewal.cancel()

    async def _renew(self, limit: asyncio.Timeout, end: float, held: float) -> None:
        loop = asyncio.get_running_loop()
        while not limit.expired():
            await asyncio.sleep(held / 3)
            begun = loop.time()
            with contextlib.suppress(*UNAVAILABLE):
                is_held = await self._inbox.renew(self._chat, self._token)
                if not limit.expired():
                    limit.reschedule(min(end, begun + held) if is_held else begun)

    async def _wait_for_telegram(self, mark: str, attempt: "_Attempt", away: Away) -> None:
        head = attempt.head
        is_unanswered = away.ambiguous and bool(attempt.calls.unanswered)
        seconds = _wait(away, head.waits, is_unanswered=is_unanswered)
        logger.log(
            "DEBUG" if head.waits else "WARNING",
            "update waits {:.0f} s for Telegram: {}",
            seconds,
            away,
        )
        known = attempt.known() | {"waits": head.waits + 1}
        if is_unanswered:
            known |= {
                "unanswered": attempt.unanswered + 1,
                "unanswered_method": attempt.calls.unanswered,
                "unanswered_at": self._conversation.clock(),
            }
        self._conversation.meter.count("darkroom_updates_total", outcome="put_off")
        await self._inbox.put_off(self._chat, self._token, seconds, mark, **known)

    async def _try_again(self, attempt: "_Attempt") -> None:
        """The try counts: it was slow, or hangs in a way that a further try will show again."""
        tries = attempt.head.tries
        logger.warning("an update was not handled in time, {}. time", tries)
        await self._inbox.put_off(
            self._chat, self._token, SLOW_RETRY.wait(tries), **attempt.known()
        )

    async def _wait_for_redis(self, mark: str, attempt: "_Attempt", error: Exception) -> None:
        """Give the chat back at once if Redis is back; else its lease runs out, and the try counts."""
        logger.warning("update waits for Redis: {}", error)
        await self._inbox.put_off(self._chat, self._token, add_jitter(1), mark, **attempt.known())


class _Attempt:
    """One try of an update. `verdict` says why it cannot be handled, if it cannot."""

    def __init__(
        self, conversation: Conversation, head: Head, update: Update | None, body: bytes
    ) -> None:
        self._conversation = conversation
        self._update = update
        self._body = body
        self.head = head
        self.calls = Calls.loads(head.said)
        self.verdict = head.verdict

    @property
    def unanswered(self) -> int:
        """How often a message was not answered; what tells of the verdict is counted by itself."""
        return self.head.unanswered if self.verdict == self.head.verdict else 0

    def known(self) -> dict[str, Any]:
        """What the next try needs to know."""
        return {"said": self.calls.dumps(), "verdict": self.verdict, "unanswered": self.unanswered}

    async def run(self) -> None:
        with replaying(self.calls):
            self.verdict = self.verdict or self._blame()
            if not self.verdict and self._update is not None:
                await self._await_telegram()
                self.verdict = await self._handle(self._update)
            if self.verdict:
                await self._tell()

    def _blame(self) -> str:
        if self._update is None:
            return "it is no update"
        if self.head.tries > MAX_ATTEMPTS:
            return f"{MAX_ATTEMPTS} tries did not end: a worker died, or it took more than {HANDLER_SECONDS} s"
        if self.head.unanswered >= MOST_UNANSWERED:
            return f"Telegram did not answer {self.head.unanswered_method} {MOST_UNANSWERED} times"
        return ""

    async def _handle(self, update: Update) -> str:
        try:
            return await self._conversation.handle(update) or ""
        except (Away, TimeoutError, *UNAVAILABLE):
            raise
        except Exception as error:  # noqa: BLE001 - a handler's error must not hold its chat for ever
            logger.exception("update {} could not be handled", update.get("update_id"))
            return type(error).__name__

    async def _await_telegram(self) -> None:
        """After trouble raise Away while another try could repeat a message, or would come to nothing."""
        head = self.head
        if not head.waits:
            return
        is_proven = self.unanswered < 2 or head.answered_at > head.unanswered_at
        if not is_proven and self._conversation.clock() - head.unanswered_at < WINDOW:
            raise Away("unanswered", "an earlier message was not answered", ambiguous=False)
        try:
            await self._conversation.probe()
        except Away:
            raise
        except TelegramOutcome as outcome:
            # No Bot API server answers there, or it does not know the bot: both are an operator's to correct.
            raise Away("refused", str(outcome), ambiguous=False) from outcome

    async def _tell(self) -> None:
        update = self._update or _parse_leniently(self._body)
        is_hopeless = self.unanswered >= MOST_TOLD or self.head.tries > 2 * MAX_ATTEMPTS
        if update is None or is_hopeless:
            logger.error("nobody is told of an update that is set aside")
            return
        await self._await_telegram()
        try:
            await self._conversation.tell(update)
        except (Away, TimeoutError, *UNAVAILABLE):
            raise
        except Exception:  # noqa: BLE001 - it is set aside all the same
            logger.exception("nobody was told that an update was set aside")


def _wait(away: Away, waits: int, *, is_unanswered: bool) -> float:
    if away.retry_after is not None:
        return AWAY_RETRY.wait(waits, asked=min(away.retry_after, LONGEST_FLOOD))
    wait = AWAY_RETRY.delay(waits)
    return add_jitter(max(wait, UNANSWERED_WAIT) if is_unanswered else wait)


def _parse(body: bytes) -> Update | None:
    # What the door could not read (webhook_app/telegram/update_ids.py) has no chat, and so no order.
    try:
        update = from_json(body)
    except ValueError:
        return None
    return update if isinstance(update, dict) else None


def _parse_leniently(body: bytes) -> Update | None:
    """What can be read of an update that is not as it should be: enough to find its person."""
    try:
        text = body.decode(errors="replace")
        update = json.loads(text, parse_int=lambda digits: int(digits[:_LONGEST_NUMBER]))
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) else None
