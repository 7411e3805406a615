"""Updates as Telegram delivers them, each with an id of its own, ready to be sent.

https://core.telegram.org/bots/api#update
"""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.bench.load import post

PATH = "/telegram/webhook"
SECRET = "a-secret-for-the-bench"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
CHATS = 200
_FIRST_CHAT = 7_000_000_001
# Constant length, so that one head fits every body.
_IDS = count(100_000_001)
_MESSAGE_IDS = count(10_001)
_MARK = "@update@"


def user(number: int) -> int:
    """Return the id of a user, and of the private chat with them."""
    return _FIRST_CHAT + number % CHATS


def message(text: str, chat: int) -> dict[str, Any]:
    """Return a message in a private chat, of realistic length."""
    who = {"id": chat, "first_name": "Anna", "last_name": "Ivanova", "username": "anna_ivanova"}
    sender = {**who, "is_bot": False, "language_code": "ru", "is_premium": True}
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
    return {
        "message": {
            "message_id": next(_MESSAGE_IDS),
            "from": sender,
            "chat": {**who, "type": "private"},
            "date": 1_790_000_000,
            "text": text,
            **({"entities": entities} if text.startswith("/") else {}),
        }
    }


def press(data: str, chat: int) -> dict[str, Any]:
    """Return a press of a button under the bot's message, in a private chat."""
    asked = message(".", chat)["message"]
    bot = {"id": 4200000000, "is_bot": True, "first_name": "Darkroom"}
    picture = [{"file_id": "p", "file_unique_id": "p", "width": 1024, "height": 1024}]
    shown = {name: value for name, value in asked.items() if name != "text"}
    return {
        "callback_query": {
            "id": str(next(_MESSAGE_IDS)),
            "from": asked["from"],
            "chat_instance": "1",
            "message": {**shown, "from": bot, "photo": picture},
            "data": data,
        }
    }


def delivery(content: dict[str, Any], path: str = PATH) -> bytes:
    """Return one update as a whole HTTP request."""
    body = json.dumps({"update_id": next(_IDS), **content}).encode()
    return post(path, body, {SECRET_HEADER: SECRET})


def deliveries(text: str, path: str = PATH) -> Iterator[bytes]:
    """Yield updates without end, from all chats in turn; only the id is filled in while the load runs."""
    bodies = [{"update_id": _MARK, **message(text, user(number))} for number in range(CHATS)]
    parts = [_split(json.dumps(body), path) for body in bodies]
    for number in count():
        head, tail = parts[number % CHATS]
        yield head + b"%d" % next(_IDS) + tail


def _split(body: str, path: str) -> tuple[bytes, bytes]:
    sample = body.replace(f'"{_MARK}"', "100000001")
    head, tail = post(path, sample.encode(), {SECRET_HEADER: SECRET}).split(b"100000001")
    return head, tail
