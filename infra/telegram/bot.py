"""aiogram's Bot with the project's middlewares and defaults: https://core.telegram.org/bots/api."""

from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import TelegramMethod
from aiogram.types import LinkPreviewOptions
from pydantic import SecretStr

from infra.observability.metrics import Meter
from infra.observability.tracing import call
from infra.telegram.ephemeral import Ephemeral
from infra.telegram.replay import replay
from infra.telegram.session import Call, Session
from infra.telegram.throttle import Throttle

OFFICIAL = "https://api.telegram.org"
TIMEOUT = 20

# Telegram may reword its descriptions, so only characteristic words are matched.
_HARMLESS = ("message is not modified", "query is too old")


def create_bot(  # noqa: PLR0913 - what a bot is made of, each by its name
    token: str,
    api_base: str,
    throttle: Throttle | None = None,
    meter: Meter | None = None,
    proxy: SecretStr | None = None,
    *,
    is_local: bool = False,
) -> Bot:
    """Create a bot that sends HTML, and within the rates of `throttle`. It connects on first use.

    `is_local`: `api_base` is an own Bot API server (docs/network.md).

    Close it with `await bot.session.close()`.
    """
    api = PRODUCTION
    if api_base != OFFICIAL:
        api = TelegramAPIServer.from_base(api_base, is_local=is_local)
    session = Session(api, TIMEOUT, proxy)
    session.middleware(replay)
    session.middleware(Ephemeral())
    if throttle:
        session.middleware(throttle)
    session.middleware(harmless)
    # Innermost, so that it sees each response of Telegram unchanged.
    session.middleware(Measured(meter or Meter()))
    defaults = DefaultBotProperties(
        parse_mode=ParseMode.HTML,
        allow_sending_without_reply=True,
        link_preview=LinkPreviewOptions(is_disabled=True),
    )
    return Bot(token, session=session, default=defaults)


async def harmless(make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
    """Treat the refusals for an unchanged message and for an expired callback query as success."""
    try:
        return await make_request(bot, method)
    except TelegramBadRequest as refusal:
        if not any(words in refusal.message for words in _HARMLESS):
            raise
        return True


class Measured:
    """Counts calls by method and outcome: ok, or the error's class; TelegramRetryAfter is a 429."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    async def __call__(self, make_request: Call, bot: Bot, method: TelegramMethod[Any]) -> Any:
        name, outcome = type(method).__name__, "ok"
        try:
            with (
                call(f"telegram {name}"),
                self._meter.timed("darkroom_telegram_seconds", method=name),
            ):
                return await make_request(bot, method)
        except AiogramError as error:
            outcome = type(error).__name__
            raise
        finally:
            self._meter.count("darkroom_telegram_calls_total", method=name, outcome=outcome)
