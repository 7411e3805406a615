"""Check of Telegram's webhook registration and deliveries: https://core.telegram.org/bots/api#getwebhookinfo."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from infra.doctor.checks.telegram import open_bot
from infra.doctor.finding import Finding, ok, problem, warning
from infra.errors import DarkroomError
from infra.settings import Settings
from infra.telegram.client import Json
from infra.telegram.registration import HANDLED_UPDATES, WEBHOOK_PATH

# A busy team reaches this number for a moment; more means that deliveries fail.
_MANY_PENDING = 50
_RECENT_SECONDS = 3600


async def check(settings: Settings) -> Sequence[Finding]:
    try:
        async with open_bot(settings) as bot:
            info = await bot.get_webhook_info()
    except DarkroomError:
        return [warning("Telegram does not answer.", "Fix the problem of the check telegram.")]
    if settings.tg_update_mode == "polling":
        return [_judge_polling(info)]
    found = [*_registration(settings, info), *_deliveries(info)]
    return found or [ok("Telegram delivers to public_url without errors.")]


def _judge_polling(info: Json) -> Finding:
    if info.get("url"):
        return warning(
            "tg_update_mode is polling, but Telegram delivers to a webhook.",
            "Start webhook_app, which removes the webhook; or set tg_update_mode=webhook.",
        )
    return ok("No webhook is set: webhook_app polls for updates.")


def _registration(settings: Settings, info: Json) -> Iterator[Finding]:
    async def register() -> None:
        async with open_bot(settings) as bot:
            await bot.set_webhook(_url(settings), _secret(settings), HANDLED_UPDATES)

    if info.get("url") != _url(settings):
        what = (
            "Telegram delivers to another address, not to public_url."
            if info.get("url")
            else "Telegram has no webhook."
        )
        yield problem(what, "Start webhook_app, which sets the webhook.", register)
    elif set(info.get("allowed_updates", ())) != set(HANDLED_UPDATES):
        yield problem(
            "Telegram delivers other kinds of updates than the bot handles.",
            "Start webhook_app, which sets the webhook again.",
            register,
        )


def _deliveries(info: Json) -> Iterator[Finding]:
    last = info.get("last_error_date")
    if isinstance(last, int):
        text = f"Telegram's last delivery failed {_when(last)}: {info.get('last_error_message')}."
        if time.time() - last < _RECENT_SECONDS:
            yield problem(text, _remedy(str(info.get("last_error_message"))))
    pending = info.get("pending_update_count", 0)
    if pending > _MANY_PENDING:
        yield warning(
            f"{pending} updates wait at Telegram.",
            "Check that webhook_app runs, and see its log.",
        )


def _remedy(message: str) -> str:
    if "401" in message:
        return "Telegram has another tg_webhook_secret: restart webhook_app."
    if "certificate" in message.lower() or "ssl" in message.lower():
        return "Check the certificate; Telegram needs the whole chain."
    return "Check that the proxy forwards to webhook_app. Telegram retries by itself."


def _when(seconds: int) -> str:
    return f"at {datetime.fromtimestamp(seconds, UTC):%F %H:%M} UTC"


def _url(settings: Settings) -> str:
    return f"{settings.public_url}{WEBHOOK_PATH}"


def _secret(settings: Settings) -> str:
    return settings.tg_webhook_secret.get_secret_value() if settings.tg_webhook_secret else ""
