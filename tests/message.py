import re
from collections.abc import Mapping
from typing import Any

type Message = Mapping[str, Any]
"""https://core.telegram.org/bots/api#message"""

_JOB_ID = re.compile(r"\b[0-9a-z]{16}\b")


def words(message: Message) -> str:
    """Return a message's text, or the caption of its media."""
    found: str = message.get("text") or message.get("caption") or ""
    return found


def buttons(message: Message) -> list[Mapping[str, str]]:
    """Return the inline buttons under a message, in reading order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def labels(message: Message) -> list[str]:
    """Return the labels of those buttons."""
    return [button["text"] for button in buttons(message)]


def is_photo(message: Message) -> bool:
    return "photo" in message


def is_clip(message: Message) -> bool:
    return "video" in message


def has_job_id(message: Message) -> bool:
    return _job_id(message) is not None


def job_id(message: Message) -> str:
    """Return the job id in a card or a result, or in its buttons."""
    found = _job_id(message)
    assert found, words(message)
    return found


def _job_id(message: Message) -> str | None:
    data = [button.get("callback_data", "") for button in buttons(message)]
    found = _JOB_ID.search("\n".join([words(message), *data]))
    return found[0] if found else None


def find_button(message: Message, label_or_data: str) -> str | None:
    """Return the data of the button with this label, ignoring the price after it."""
    for button in buttons(message):
        text, _, _ = button["text"].partition(" · $")
        if label_or_data in (text, button["text"], button.get("callback_data")):
            return button["callback_data"]
    return None


def button_data(message: Message, label_or_data: str) -> str:
    """Return the data of the button with this label; fail if there is none."""
    if found := find_button(message, label_or_data):
        return found
    raise AssertionError(
        f"No button {label_or_data!r} among {labels(message)} under {words(message)!r}"
    )


def opener(message: Message) -> str | None:
    """Return the label of the button that shows the rarer actions on a result."""
    return next((label for label in labels(message) if label.startswith("⋯ ")), None)


def line(message: Message) -> str:
    """Format a message in one line for a failing test."""
    media = ("photo", "video", "animation", "document", "voice", "audio", "sticker", "location")
    kinds = [f"[{kind}]" for kind in media if kind in message]
    keys = [f"<{label}>" for label in labels(message)]
    who = "bot" if message["from"]["is_bot"] else message["from"]["first_name"]
    return " ".join([f"  {message['message_id']} {who}:", *kinds, words(message), *keys])
