# mypy: disable-error-code="import-not-found"
# (the peers have a virtual environment of their own)
"""aiogram's own webhook server: python aiogram_server.py PORT REDIS_URL SECRET

https://docs.aiogram.dev/en/latest/dispatcher/webhook.html. With `handle_in_background=False`: otherwise it acknowledges
updates that it has not stored yet. The handler stores the update in Redis.
"""

import sys

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import Message, Update
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from redis.asyncio import Redis

_, PORT, REDIS_URL, SECRET = sys.argv
SEEN_SECONDS = 48 * 3600

redis = Redis.from_url(REDIS_URL)
dispatcher = Dispatcher()


@dispatcher.message()
async def keep(_: Message, event_update: Update) -> None:
    if await redis.set(f"seen:{event_update.update_id}", 1, nx=True, ex=SEEN_SECONDS):
        await redis.rpush("updates", event_update.model_dump_json(exclude_none=True))


def main() -> None:
    bot = Bot("4200000000:bench")
    app = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, secret_token=SECRET, handle_in_background=False)
    handler.register(app, path="/telegram/webhook")
    setup_application(app, dispatcher, bot=bot)
    web.run_app(
        app, host="127.0.0.1", port=int(PORT), loop=uvloop.new_event_loop(), access_log=None
    )


if __name__ == "__main__":
    main()
