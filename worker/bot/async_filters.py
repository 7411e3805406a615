"""Filters that wait for nothing, evaluated where they stand.

aiogram takes to a thread whatever is not awaited: a look at a field (`F.text`) or at the state, some ten an update.
https://docs.aiogram.dev/en/latest/dispatcher/filters/index.html
"""

from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.handler import FilterObject


def evaluate_in_place(root: Router) -> None:
    """Have every filter of these routers answer without a thread."""
    for router in root.chain_tail:
        for observer in router.observers.values():
            own = observer._handler  # noqa: SLF001 - what `router.message.filter(…)` was given stands nowhere else
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
