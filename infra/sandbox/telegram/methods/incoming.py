"""Incoming data: updates by webhook or polling, button presses, users' files."""

import re
from urllib.parse import urlsplit

from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import WEBHOOK_ACTIVE, ApiError, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.webhook import WebhookSettings
from infra.sandbox.telegram.wire import Json

LONGEST_POLL_SECONDS = 50
MAX_UPDATES = 100
MAX_CONNECTIONS = 100
SECRET = re.compile(r"[A-Za-z0-9_-]*")
SECRET_LENGTH = 256
WEBHOOK_PORTS = {443, 80, 88, 8443}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DOWNLOAD_BYTES = 20 * 1024 * 1024


async def get_updates(sandbox: Sandbox, parameters: Parameters) -> list[Json]:
    if sandbox.webhook.settings.url:
        raise ApiError(409, WEBHOOK_ACTIVE)
    _choose_kinds(sandbox, parameters)
    limit = parameters.integer("limit", MAX_UPDATES)
    timeout = parameters.integer("timeout")
    return await sandbox.polling.poll(
        parameters.integer("offset"),
        min(max(limit, 1), MAX_UPDATES),
        min(max(timeout, 0), LONGEST_POLL_SECONDS),
    )


async def set_webhook(sandbox: Sandbox, parameters: Parameters) -> bool:
    """Set the webhook; an empty URL deletes it."""
    url = parameters.text("url")
    if not url:
        return await delete_webhook(sandbox, parameters)
    settings = WebhookSettings(
        url=_checked_url(url),
        secret_token=_checked_secret(parameters.text("secret_token")),
        max_connections=min(max(parameters.integer("max_connections", 40), 1), MAX_CONNECTIONS),
    )
    sandbox.rates.spend_webhook_change()
    _choose_kinds(sandbox, parameters)
    sandbox.polling.stop()
    _drop_pending(sandbox, parameters)
    await sandbox.webhook.set(settings)
    return True


async def delete_webhook(sandbox: Sandbox, parameters: Parameters) -> bool:
    _drop_pending(sandbox, parameters)
    await sandbox.webhook.set(WebhookSettings())
    return True


async def get_webhook_info(sandbox: Sandbox, _parameters: Parameters) -> Json:
    return sandbox.webhook.info()


def _choose_kinds(sandbox: Sandbox, parameters: Parameters) -> None:
    """Set the kinds of update from now on; without `allowed_updates` they do not change."""
    kinds = parameters.json("allowed_updates", "allowed_updates")
    if isinstance(kinds, list):
        sandbox.updates.allow([str(kind) for kind in kinds])


def _drop_pending(sandbox: Sandbox, parameters: Parameters) -> None:
    if parameters.flag("drop_pending_updates"):
        sandbox.updates.clear()


def _checked_url(url: str) -> str:
    """Require HTTPS on Telegram's ports; accept any URL on this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if parts.hostname not in LOOPBACK:
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if port not in WEBHOOK_PORTS:
            raise bad_request(
                "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
    return url


def _checked_secret(secret: str) -> str:
    if len(secret) > SECRET_LENGTH:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return secret


async def answer_callback_query(sandbox: Sandbox, parameters: Parameters) -> bool:
    sandbox.callbacks.answer(
        parameters.text("callback_query_id"),
        parameters.text("text"),
        show_alert=parameters.flag("show_alert"),
    )
    return True


async def get_file(sandbox: Sandbox, parameters: Parameters) -> Json:
    file_id = parameters.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    stored = sandbox.files.find(file_id)
    if stored is None:
        raise bad_request("invalid file_id")
    if sandbox.settings.is_local:
        return stored.described | {"file_path": str(sandbox.files.location(stored.path).absolute())}
    if stored.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.described | {"file_path": stored.path}


METHODS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
}
