from collections.abc import Callable
from typing import Any

type Json = dict[str, Any]
"""A JSON object as it travels: Message, Update, User… of the Bot API."""

type Clock = Callable[[], float]
"""Unix time in seconds."""
