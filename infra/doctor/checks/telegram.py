"""The bot's token: https://core.telegram.org/bots/api#getme."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from infra.doctor.finding import Finding, ok, problem
from infra.http_client import create_client
from infra.settings import Settings
from infra.telegram.client import BotApi
from infra.telegram.errors import TelegramError, TelegramUnreachable

_WRONG_TOKEN = frozenset({401, 404})


async def check(settings: Settings) -> Sequence[Finding]:
    if not settings.tg_bot_token:
        return [problem("tg_bot_token is not set.", "Get one from https://t.me/BotFather.")]
    try:
        async with open_bot(settings) as bot:
            me = await bot.get_me()
    except TelegramError as error:
        return [_refused(error)]
    except TelegramUnreachable:
        return [_unreachable(settings)]
    return [ok(f"The token is @{me.get('username')}'s."), _groups(me)]


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[BotApi]:
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    async with create_client(proxy=settings.tg_proxy) as http:
        yield BotApi(http, settings.tg_api_base, token)


def _groups(me: Mapping[str, Any]) -> Finding:
    """Privacy mode is BotFather's default, and right for a bot that is used in private chats."""
    if me.get("can_read_all_group_messages"):
        return ok("In groups everything that is said reaches the bot.")
    return ok(
        "Privacy mode is on: in groups only commands and replies to the bot reach it,"
        " no mentions, and of an album only the piece with the command.",
        "To change it: /setprivacy at https://t.me/BotFather, then add the bot to each group again;"
        " or make it an administrator there.",
    )


def _refused(error: TelegramError) -> Finding:
    if error.code in _WRONG_TOKEN:
        return problem(
            "Telegram does not know the token.",
            "Copy tg_bot_token again from https://t.me/BotFather.",
        )
    return problem(f"{error}.", "Wait as Telegram says, and look again.")


def _unreachable(settings: Settings) -> Finding:
    if settings.tg_proxy:
        return problem(
            f"{settings.tg_api_base} does not answer through tg_proxy.",
            "Look whether the proxy runs, at its user and password, and at tg_api_base.",
        )
    return problem(
        f"{settings.tg_api_base} does not answer.",
        "Look at the network, a firewall, and tg_api_base. Where Telegram is blocked, set tg_proxy.",
    )
