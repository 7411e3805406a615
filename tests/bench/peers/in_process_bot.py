# mypy: disable-error-code="import-not-found"
# (the peers have a virtual environment of their own)
"""aiogram and fal-client in one process: python in_process_bot.py PORT SECRET TELEGRAM_URL FAL_URL

https://docs.aiogram.dev/en/latest/dispatcher/webhook.html, https://docs.fal.ai/model-apis/client. A handler waits for
fal, and gives Telegram the address of the result. Only the addresses of the fakes differ from the documentation.
"""

import sys

import fal_client
import uvloop
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

_, PORT, SECRET, TELEGRAM_URL, FAL_URL = sys.argv

# FAL_QUEUE_RUN_HOST changes the host only, and keeps https.
fal_client.client.QUEUE_URL_FORMAT = f"{FAL_URL}/"
fal = fal_client.AsyncClient(key="bench:key")
dispatcher = Dispatcher()


@dispatcher.message(Command("image"))
async def draw(message: Message, command: CommandObject) -> None:
    arguments = {"prompt": command.args}
    result = await fal.subscribe("fal-ai/flux/schnell", arguments=arguments)
    await message.answer_photo(result["images"][0]["url"])


def main() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(TELEGRAM_URL))
    bot = Bot("4200000000:bench", session=session)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(
        app, path="/telegram/webhook"
    )
    setup_application(app, dispatcher, bot=bot)
    web.run_app(
        app, host="127.0.0.1", port=int(PORT), loop=uvloop.new_event_loop(), access_log=None
    )


if __name__ == "__main__":
    main()
