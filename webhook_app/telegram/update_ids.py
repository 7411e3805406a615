"""An update's id and chat, found in its raw bytes. Any bytes have both.

https://core.telegram.org/bots/api#update
"""

import hashlib
from typing import Any, NamedTuple

from pydantic_core import from_json

from worker.queues.inbox import inline_inbox

#: The inboxes of bodies that are not updates, and of updates without a chat or user.
UNREADABLE = "unreadable"
NOBODY = "none"

# Paths to the owner in the kinds of updates. The chat comes before the user: a button belongs to its chat.
_OWNERS = (("chat", "id"), ("message", "chat", "id"), ("from", "id"), ("user", "id"))


class Update(NamedTuple):
    id: int | str
    chat: str


def identify(body: bytes) -> Update:
    """Find the update's id and chat. Without an update_id the id is a hash of the body."""
    try:
        # Takes half the time of `json`; parsing is the most expensive step for an update here.
        content = from_json(body, cache_strings="keys")
    except ValueError:
        content = None
    number = _at(content, ("update_id",))
    update_id = hashlib.sha256(body).hexdigest() if number is None else number
    if not isinstance(content, dict):
        return Update(update_id, UNREADABLE)
    # An inline query has no chat. Its answer must not wait for what the user's chat is doing.
    asked = _at(content, ("inline_query", "from", "id"))
    if asked is not None:
        return Update(update_id, inline_inbox(asked))
    for payload in content.values():
        for path in _OWNERS:
            if (owner := _at(payload, path)) is not None:
                return Update(update_id, str(owner))
    return Update(update_id, NOBODY)


def _at(value: Any, path: tuple[str, ...]) -> int | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    # Ids have at most 52 significant bits. `type`, because True is an int in Python.
    return value if type(value) is int and abs(value) < 2**63 else None
