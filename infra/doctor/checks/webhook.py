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
        if info.get("url"):
            return [
                warning(
                    "tg_update_mode is polling, but Telegram delivers to a webhook.",
                    "Start webhook_app, which removes the webhook; or set tg_update_mode=webhook.",
                )
            ]
        return [ok("No webhook is set: webhook_app polls for updates.")]
    found = [*check_registration(settings, info), *check_deliveries(info)]
    return found or [ok("Telegram delivers to public_url without errors.")]


def check_registration(settings: Settings, info: Json) -> Iterator[Finding]:
    url = f"{settings.public_url}{WEBHOOK_PATH}"

    async def register() -> None:
        secret = settings.tg_webhook_secret
        async with open_bot(settings) as bot:
            await bot.set_webhook(url, secret.get_secret_value() if secret else "", HANDLED_UPDATES)

    if info.get("url") != url:
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


def check_deliveries(info: Json) -> Iterator[Finding]:
    last = info.get("last_error_date")
    if isinstance(last, int) and time.time() - last < _RECENT_SECONDS:
        message = str(info.get("last_error_message"))
        to_do = "Check that the proxy forwards to webhook_app. Telegram retries by itself."
        if "401" in message:
            to_do = "Telegram has another tg_webhook_secret: restart webhook_app."
        elif "certificate" in message.lower() or "ssl" in message.lower():
            to_do = "Check the certificate; Telegram needs the whole chain."
        when = f"at {datetime.fromtimestamp(last, UTC):%F %H:%M} UTC"
        yield problem(f"Telegram's last delivery failed {when}: {message}.", to_do)
    pending = info.get("pending_update_count", 0)
    if pending > _MANY_PENDING:
        yield warning(
            f"{pending} updates wait at Telegram.",
            "Check that webhook_app runs, and see its log.",
        )
