"""Inline queries: `@bot words` in any chat searches the user's own results.

https://core.telegram.org/bots/api#inline-mode
"""

from typing import Any

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineQuery, InlineQueryResultUnion
from arq.connections import ArqRedis
from loguru import logger

from worker.bot.current_user import CurrentUser
from worker.bot.services.result_search import ResultSearch
from worker.bot.views.inline_results import CACHE_SECONDS, inline_result, open_bot_button
from worker.queues.inbox import Inbox, inline_inbox


def setup() -> Router:
    router = Router(name="inline queries")
    router.inline_query.register(answer)
    return router


async def answer(
    query: InlineQuery, current_user: CurrentUser, result_search: ResultSearch, redis: ArqRedis
) -> None:
    """Answer a query; ignore one that the user has changed since."""
    user_id = current_user.user.id
    if await Inbox(redis).count(inline_inbox(user_id)) > 1:
        return
    page = await result_search.find(user_id, query.query, query.offset)
    results: list[InlineQueryResultUnion] = [
        inline_result(current_user.t, each.job, each.number) for each in page.results
    ]
    is_empty = not results and not query.offset and page.cursor is None
    open_bot = open_bot_button(current_user.t, query.query)
    about: dict[str, Any] = {"cache_time": CACHE_SECONDS, "is_personal": True}
    try:
        await query.answer(
            results,
            next_offset=page.cursor or "",
            button=open_bot if is_empty else None,
            **about,
        )
    except TelegramBadRequest as refusal:
        # Telegram refuses the whole answer for one unknown file id, for example one of a former bot.
        logger.warning("Telegram refused {} results of an inline query: {}", len(results), refusal)
        await query.answer([], button=open_bot, **about)
