"""Calls to the Bot API that one update makes, remembered while it is tried again.

A handler makes several calls, and Telegram may be away in the middle. The next try gets the answers that there are
already, and calls Telegram from where the last one stopped: nobody reads the same message twice.
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

# What a call is about; its words may differ, as the clock on a card does.
_TARGETS = ("chat_id", "message_id", "callback_query_id")
_READS = "get"
# Made twice, these make two messages.
_MULTIPLY = ("send", "copy", "forward")

#: A method, what the call is about, and its result.
type _Answer = tuple[str, list[Any], Any]

_current: ContextVar["Calls | None"] = ContextVar("calls", default=None)


@dataclass
class Calls:
    """`answered` are the methods that Telegram has answered in this try.

    `unanswered` is a method whose call has begun and not ended, if another such call would make a second message.
    """

    earlier: list[_Answer] = field(default_factory=list)
    done: list[_Answer] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    unanswered: str = ""

    @classmethod
    def loads(cls, said: bytes) -> "Calls":
        return cls([(name, about, result) for name, about, result in from_json(said or b"[]")])

    def dumps(self) -> bytes:
        """All answers that there are, those included that this try has not asked for."""
        answers = [*self.done, *self.earlier]
        return to_json([(name, about, _plain(result)) for name, about, result in answers])

    def recall(self, method: TelegramMethod[Any]) -> Any:
        """The answer of an earlier try; None: there is none."""
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
    """Let the calls of this task go through these."""
    token = _current.set(calls)
    try:
        yield
    finally:
        _current.reset(token)


async def replay(make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
    """Answer a call as Telegram did in an earlier try of the same update. Reads are made again."""
    calls = _current.get()
    if calls is None or method.__api_method__.startswith(_READS):
        return await make_request(bot, method)
    if (said := calls.recall(method)) is not None:
        adapter: TypeAdapter[Any] = TypeAdapter(method.__returning__)
        return adapter.validate_python(said, context={"bot": bot})
    name = method.__api_method__
    calls.unanswered = name if name.startswith(_MULTIPLY) else ""
    result = await make_request(bot, method)
    calls.unanswered = ""
    calls.remember(method, result)
    return result


def _key(method: TelegramMethod[Any]) -> tuple[str, list[Any]]:
    return method.__api_method__, [getattr(method, name, None) for name in _TARGETS]


def _plain(result: Any) -> Any:
    """As Telegram said it."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return [_plain(one) for one in result] if isinstance(result, list) else result
