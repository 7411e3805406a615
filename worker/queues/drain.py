"""The drain: handles one chat's updates in order and removes each after its answer was sent.

While Telegram or Redis is unavailable an update stays at the head of its chat's inbox, and a deferred drain retries it.
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
from infra.telegram.outcomes import TelegramOutcome, Unavailable
from infra.telegram.replay import Calls, replaying
from worker.queues.inbox import Inbox, QueuedUpdate
from worker.queues.names import Clock

# Longer than a handler takes that waits for one slow answer and for one 429 (infra/telegram/bot.py).
HANDLER_SECONDS = 60
# After this time a further drain continues the chat, so that one flooding chat does not block the others.
DRAIN_SECONDS = 20
# Unfinished tries before an update becomes a dead letter; a worker may also have been killed for another reason.
MAX_ATTEMPTS = 5

# While Telegram is unavailable; it may ask for a longer wait.
AWAY_RETRY = RetryPolicy(first=2, longest=30)
# For an update whose handler timed out.
SLOW_RETRY = RetryPolicy(first=1, longest=1024)
LONGEST_FLOOD = 3600
# A message that Telegram did not answer may have arrived. It is sent again when Telegram answers; after that only when
# Telegram has answered such a message since, or after ten minutes (WINDOW). The last two limit the sends of an answer
# and of an error message.
UNANSWERED_WAIT, WINDOW = 5, 600
MOST_UNANSWERED, MOST_TOLD = 5, 3

# Digits. Python refuses numbers of more than 4300.
_LONGEST_NUMBER = 20

type Update = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """Dependencies of the drain; worker/composition.py builds them.

    `handle` returns why an update cannot be handled, None on success; `tell` sends its user an error message; `probe`
    checks that Telegram answers. All three raise Unavailable.
    """

    inbox: Inbox
    handle: Callable[[Update], Awaitable[str | None]]
    tell: Callable[[Update], Awaitable[None]]
    probe: Callable[[], Awaitable[None]]
    meter: Meter = field(default_factory=Meter)
    clock: Clock = time.time


async def drain(conversation: Conversation, chat: str) -> None:
    """Handle the updates in a chat's inbox, unless another drain holds its lease."""
    try:
        await _Drain(conversation, chat).run()
    except UNAVAILABLE as error:
        # The lease expires, and `recover` enqueues another drain.
        logger.warning("Redis is unavailable: chat {} waits: {}", chat, error)


async def recover(conversation: Conversation) -> None:
    """Enqueue a drain for every chat whose drain died."""
    if recovered := await conversation.inbox.recover():
        logger.warning("recovered {} chats whose drain had died", recovered)


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
        """Handle the first update and return the next; None if there is none or this one has to wait."""
        mark = secrets.token_hex(8)
        head = await self._inbox.begin(self._chat, self._token, mark, body)
        if head is None:
            return None
        update = parse_update(body)
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
                    note(outcome="dead letter" if attempt.verdict else "ok")
            except Unavailable as away:
                await self._wait_for_telegram(mark, attempt, away)
                return None
            except TimeoutError:
                # The try counts, because the handler may hang every time.
                tries = attempt.head.tries
                logger.warning("update timed out, try {}", tries)
                await self._inbox.put_off(
                    self._chat, self._token, SLOW_RETRY.wait(tries), **attempt.known()
                )
                return None
            except UNAVAILABLE as error:
                # Release the chat if Redis is back; otherwise its lease expires and the try counts.
                logger.warning("Redis is unavailable: update deferred: {}", error)
                await self._inbox.put_off(
                    self._chat, self._token, add_jitter(1), mark, **attempt.known()
                )
                return None
            if attempt.verdict:
                logger.error(
                    "update became a dead letter: {}; see `darkroom dead-letters list`",
                    attempt.verdict,
                )
            return await self._inbox.finish(
                self._chat, self._token, mark, attempt.verdict, attempt.calls.answered
            )

    @contextlib.asynccontextmanager
    async def _time_limit(self) -> AsyncIterator[None]:
        """Raise TimeoutError when a handler takes too long, or when the lease cannot be renewed, before it expires."""
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

    async def _wait_for_telegram(self, mark: str, attempt: "_Attempt", away: Unavailable) -> None:
        head = attempt.head
        is_unanswered = away.ambiguous and bool(attempt.calls.unanswered)
        if away.retry_after is None:
            delay = AWAY_RETRY.delay(head.waits)
            seconds = add_jitter(max(delay, UNANSWERED_WAIT) if is_unanswered else delay)
        else:
            asked = min(away.retry_after, LONGEST_FLOOD)
            seconds = AWAY_RETRY.wait(head.waits, asked=asked)
        logger.log(
            "DEBUG" if head.waits else "WARNING",
            "Telegram is unavailable: update deferred by {:.0f} s: {}",
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


class _Attempt:
    """One try of an update. `verdict` is the reason why it cannot be handled, empty if it can."""

    def __init__(
        self, conversation: Conversation, head: QueuedUpdate, update: Update | None, body: bytes
    ) -> None:
        self._conversation = conversation
        self._update = update
        self._body = body
        self.head = head
        self.calls = Calls.loads(head.said)
        self.verdict = head.verdict

    @property
    def unanswered(self) -> int:
        """How often Telegram did not answer a message; error messages are counted separately."""
        return self.head.unanswered if self.verdict == self.head.verdict else 0

    def known(self) -> dict[str, Any]:
        """Return the state that the next try needs."""
        return {"said": self.calls.dumps(), "verdict": self.verdict, "unanswered": self.unanswered}

    async def run(self) -> None:
        head = self.head
        with replaying(self.calls):
            if self.verdict or self._update is None:
                self.verdict = self.verdict or "not an update"
            elif head.tries > MAX_ATTEMPTS:
                self.verdict = (
                    f"{MAX_ATTEMPTS} tries did not end: a worker died,"
                    f" or each took more than {HANDLER_SECONDS} s"
                )
            elif head.unanswered >= MOST_UNANSWERED:
                method = head.unanswered_method
                self.verdict = f"Telegram did not answer {method} {MOST_UNANSWERED} times"
            else:
                await self._await_telegram()
                try:
                    self.verdict = await self._conversation.handle(self._update) or ""
                except (Unavailable, TimeoutError, *UNAVAILABLE):
                    raise
                except Exception as error:  # noqa: BLE001 - a handler's error must not block its chat
                    logger.exception("update failed: {}", self._update.get("update_id"))
                    self.verdict = type(error).__name__
            if self.verdict:
                await self._send_error()

    async def _await_telegram(self) -> None:
        """After a failed try, raise Unavailable while the next one could repeat a message or would fail again."""
        head = self.head
        if not head.waits:
            return
        is_proven = self.unanswered < 2 or head.answered_at > head.unanswered_at
        if not is_proven and self._conversation.clock() - head.unanswered_at < WINDOW:
            raise Unavailable("unanswered", "an earlier message was not answered", ambiguous=False)
        try:
            await self._conversation.probe()
        except Unavailable:
            raise
        except TelegramOutcome as outcome:
            # No Bot API server at this address, or it does not know the bot: the operator has to correct both.
            raise Unavailable("refused", str(outcome), ambiguous=False) from outcome

    async def _send_error(self) -> None:
        update = self._update or parse_leniently(self._body)
        is_hopeless = self.unanswered >= MOST_TOLD or self.head.tries > 2 * MAX_ATTEMPTS
        if update is None or is_hopeless:
            logger.error("no error message is sent for a dead letter")
            return
        await self._await_telegram()
        try:
            await self._conversation.tell(update)
        except (Unavailable, TimeoutError, *UNAVAILABLE):
            raise
        except Exception:  # noqa: BLE001 - the update becomes a dead letter in any case
            logger.exception("the error message for a dead letter was not sent")


def parse_update(body: bytes) -> Update | None:
    # An update that webhook_app could not parse (webhook_app/telegram/update_ids.py) has no chat, and so no order.
    try:
        update = from_json(body)
    except ValueError:
        return None
    return update if isinstance(update, dict) else None


def parse_leniently(body: bytes) -> Update | None:
    """Parse what is readable of an invalid update: enough to find its user."""
    try:
        text = body.decode(errors="replace")
        update = json.loads(text, parse_int=lambda digits: int(digits[:_LONGEST_NUMBER]))
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) else None
