"""A message whose text was spoken."""

from typing import Any

from aiogram.methods import SendMessage
from aiogram.types import Message
from pydantic import PrivateAttr

#: Begins the line that quotes the user's spoken words.
SIGN = "🎤"


class SpokenMessage(Message):
    """A recording with its text: every handler takes it like a written message.

    The first answer shows the words above its own text, unless it shows them itself.
    """

    _heard: str = PrivateAttr("")

    @classmethod
    def of(cls, message: Message, text: str, heard: str) -> "SpokenMessage":
        """Build it from a recording; `heard` is the line about the words, as HTML, empty if it was shown before."""
        given = {name: getattr(message, name) for name in message.model_fields_set}
        changes = {"text": text, "caption": None, "caption_entities": None}
        spoken = cls.model_construct(**(given | changes))
        spoken.as_(message.bot)
        spoken._heard = heard  # noqa: SLF001 - its own class
        return spoken

    def reply(self, text: str, *args: Any, **kwargs: Any) -> SendMessage:
        return super().reply(self._with_words(text), *args, **kwargs)

    def answer(self, text: str, *args: Any, **kwargs: Any) -> SendMessage:
        return super().answer(self._with_words(text), *args, **kwargs)

    def _with_words(self, text: str) -> str:
        heard, self._heard = self._heard, ""
        return text if SIGN in text or not heard else f"{heard}\n\n{text}"
