# mypy: disable-error-code="import-not-found"
# (the peers have a virtual environment of their own)
"""python-telegram-bot's own webhook server: python ptb_server.py PORT REDIS_URL SECRET TELEGRAM_URL

https://docs.python-telegram-bot.org/en/stable/telegram.ext.application.html#telegram.ext.Application.run_webhook. It
answers 200 as soon as an update is in its own memory; the handler stores it in Redis afterwards.
"""

import asyncio
import sys

import uvloop
from redis.asyncio import Redis
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

_, PORT, REDIS_URL, SECRET, TELEGRAM_URL = sys.argv
SEEN_SECONDS = 48 * 3600

redis = Redis.from_url(REDIS_URL)


async def keep(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if await redis.set(f"seen:{update.update_id}", 1, nx=True, ex=SEEN_SECONDS):
        await redis.rpush("updates", update.to_json())


def main() -> None:
    asyncio.set_event_loop(uvloop.new_event_loop())
    application = (
        Application.builder().token("4200000000:bench").base_url(f"{TELEGRAM_URL}/bot").build()
    )
    application.add_handler(MessageHandler(filters.ALL, keep))
    application.run_webhook(
        listen="127.0.0.1",
        port=int(PORT),
        url_path="telegram/webhook",
        webhook_url="https://localhost/telegram/webhook",
        secret_token=SECRET,
    )


if __name__ == "__main__":
    main()
