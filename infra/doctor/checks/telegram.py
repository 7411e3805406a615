"""The bot's token: https://core.telegram.org/bots/api#getme."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from infra.doctor.finding import Finding, ok, problem
from infra.http import create_client
from infra.settings import Settings
from infra.telegram.client import BotApi
from infra.telegram.errors import TelegramError, TelegramUnreachable

_WRONG_TOKEN = frozenset({401, 404})


async def check(settings: Settings) -> Sequence[Finding]:
    if not settings.tg_bot_token:
        return [problem("tg_bot_token is not set.", "Get one from https://t.me/BotFather.")]
    try:
        async with open_bot(settings) as bot:
            name = (await bot.get_me()).get("username")
    except TelegramError as error:
        return [_refused(error)]
    except TelegramUnreachable:
        return [_unreachable(settings)]
    return [ok(f"The token is @{name}'s.")]


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[BotApi]:
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    async with create_client() as http:
        yield BotApi(http, settings.tg_api_base, token)


def _refused(error: TelegramError) -> Finding:
    if error.code in _WRONG_TOKEN:
        return problem(
            "Telegram does not know the token.",
            "Copy tg_bot_token again from https://t.me/BotFather.",
        )
    return problem(f"{error}.", "Wait as Telegram says, and look again.")


def _unreachable(settings: Settings) -> Finding:
    return problem(
        f"{settings.tg_api_base} does not answer.",
        "Look at the network, a firewall, and tg_api_base.",
    )
