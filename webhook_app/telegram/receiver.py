"""Start of polling or of the webhook, by `tg_update_mode`. Imported after the start: its HTTP client loads slowly."""

from arq.connections import ArqRedis

from infra.light_http_client import create_light_client
from infra.observability.metrics import Meter
from infra.settings import Settings
from infra.telegram.client import BotApi
from webhook_app.telegram.connection import TelegramConnection
from webhook_app.telegram.polling import Poller
from webhook_app.telegram.registration import Registration
from webhook_app.telegram.webhook import PATH


async def run(
    settings: Settings, redis: ArqRedis, connection: TelegramConnection, meter: Meter
) -> None:
    """Poll forever, or register the webhook."""
    if not settings.tg_bot_token:
        connection.report(
            "tg_bot_token is not set: no updates are received. `make run` starts a fake of Telegram."
        )
        return
    async with create_light_client(proxy=settings.tg_proxy) as http:
        bot = BotApi(http, settings.tg_api_base, settings.tg_bot_token.get_secret_value())
        is_webhook = settings.tg_update_mode == "webhook"
        if is_webhook and settings.public_url and settings.tg_webhook_secret:
            secret = settings.tg_webhook_secret.get_secret_value()
            url = settings.public_url + PATH
            await Registration(bot, redis, connection, url, secret).run()
        else:
            await Poller(bot, redis, connection, meter=meter).run()
