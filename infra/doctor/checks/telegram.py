"""Check of the bot's token and its privacy mode: https://core.telegram.org/bots/api#getme."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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
    except (TelegramError, TelegramUnreachable) as error:
        return [explain_refusal(settings, error)]
    # It is on by default, and right for a bot that is used in private chats.
    privacy = ok(
        "Privacy mode is on: in groups the bot receives only commands and replies to it,"
        " no mentions, and of an album only the item with the command.",
        "To change it: /setprivacy at https://t.me/BotFather, then add the bot to each group again;"
        " or make it an administrator there.",
    )
    if me.get("can_read_all_group_messages"):
        privacy = ok("Privacy mode is off: in groups the bot receives every message.")
    inline = ok(
        "Inline mode is off: users cannot search their results from other chats, or share them.",
        "To change it: /setinline at https://t.me/BotFather, then restart the workers.",
    )
    if me.get("supports_inline_queries"):
        inline = ok("Inline mode is on: users find their results from any chat.")
    way = ", through tg_proxy" if settings.tg_proxy else ""
    return [ok(f"The token belongs to @{me.get('username')}{way}."), privacy, inline]


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[BotApi]:
    token = settings.tg_bot_token.get_secret_value() if settings.tg_bot_token else ""
    async with create_client(proxy=settings.tg_proxy) as http:
        yield BotApi(http, settings.tg_api_base, token)


def explain_refusal(settings: Settings, error: TelegramError | TelegramUnreachable) -> Finding:
    if isinstance(error, TelegramError):
        if error.code in _WRONG_TOKEN:
            return problem(
                "Telegram refuses the token.",
                "Copy tg_bot_token again from https://t.me/BotFather.",
            )
        return problem(f"{error}.", "Wait as long as Telegram asks, and check again.")
    if settings.tg_proxy:
        return problem(
            f"{settings.tg_api_base} does not answer through tg_proxy.",
            "Check that the proxy runs, its user and password, and tg_api_base.",
        )
    return problem(
        f"{settings.tg_api_base} does not answer.",
        "Check the network, the firewall and tg_api_base. Where Telegram is blocked, set tg_proxy.",
    )
