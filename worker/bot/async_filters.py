"""Synchronous filters, run in the event loop.

aiogram runs each filter that is not a coroutine (`F.text`, a state) in a thread, about ten times per update.
https://docs.aiogram.dev/en/latest/dispatcher/filters/index.html
"""

from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.handler import FilterObject


def evaluate_in_place(root: Router) -> None:
    """Make every filter of these routers run without a thread."""
    for router in root.chain_tail:
        for observer in router.observers.values():
            own = observer._handler  # noqa: SLF001 - the only access to the filters of the observer itself
            for handler in (own, *observer.handlers):
                for condition in handler.filters or ():
                    _evaluate_in_place(condition)


def _evaluate_in_place(condition: FilterObject) -> None:
    if condition.awaitable:
        return
    ask = condition.callback

    async def answer(*args: Any, **kwargs: Any) -> Any:
        return ask(*args, **kwargs)

    condition.callback = answer
    condition.awaitable = True
