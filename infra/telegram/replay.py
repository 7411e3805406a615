"""Replay of an update's Bot API calls when its handler is retried.

A handler makes several calls, and Telegram may fail between them. A retry reuses the responses of the earlier attempt
and continues after the last one, so that no message is sent twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from aiogram import Bot
from aiogram.methods import TelegramMethod
from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json, to_json

from infra.telegram.session import Call

# Parameters that identify a call; its text may differ between attempts, such as the time on a card.
_TARGETS = ("chat_id", "message_id", "callback_query_id")
_READS = "get"
# Prefixes of methods that create a message on each call.
_MULTIPLY = ("send", "copy", "forward")

#: A method, the parameters that identify the call, and its result.
type _Answer = tuple[str, list[Any], Any]

_current: ContextVar["Calls | None"] = ContextVar("calls", default=None)


@dataclass
class Calls:
    """`answered` are the methods that Telegram has answered in this attempt.

    `unanswered` is a method whose call has started and not ended, if a repetition would create a second message.
    """

    earlier: list[_Answer] = field(default_factory=list)
    done: list[_Answer] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    unanswered: str = ""

    @classmethod
    def loads(cls, said: bytes) -> "Calls":
        return cls([(name, about, result) for name, about, result in from_json(said or b"[]")])

    def dumps(self) -> bytes:
        """Serialise all responses, including those that this attempt has not used yet."""
        answers = [*self.done, *self.earlier]
        return to_json([(name, about, to_plain(result)) for name, about, result in answers])

    def recall(self, method: TelegramMethod[Any]) -> Any:
        """Return the response of an earlier attempt; None if there is none."""
        key = _key(method)
        for number, (name, about, result) in enumerate(self.earlier):
            if (name, about) == key:
                self.done.append(self.earlier.pop(number))
                return result
        return None

    def remember(self, method: TelegramMethod[Any], result: Any) -> None:
        self.answered.add(method.__api_method__)
        self.done.append((*_key(method), result))


@contextmanager
def replaying(calls: Calls) -> Iterator[None]:
    """Use these calls for `replay` in this task."""
    token = _current.set(calls)
    try:
        yield
    finally:
        _current.reset(token)


async def replay(make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
    """Return Telegram's response of an earlier attempt of the same update. Reads are always repeated."""
    calls = _current.get()
    name = method.__api_method__
    if calls is None or name.startswith(_READS):
        return await make_request(bot, method)
    if (said := calls.recall(method)) is not None:
        adapter: TypeAdapter[Any] = TypeAdapter(method.__returning__)
        return adapter.validate_python(said, context={"bot": bot})
    calls.unanswered = name if name.startswith(_MULTIPLY) else ""
    result = await make_request(bot, method)
    calls.unanswered = ""
    calls.remember(method, result)
    return result


def _key(method: TelegramMethod[Any]) -> tuple[str, list[Any]]:
    return method.__api_method__, [getattr(method, name, None) for name in _TARGETS]


def to_plain(result: Any) -> Any:
    """Return the result as plain JSON values."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return [to_plain(one) for one in result] if isinstance(result, list) else result
