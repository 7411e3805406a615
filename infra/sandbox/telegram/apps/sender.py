"""What people's apps do with what their person says: make messages of it and tell the bot."""

import re
import secrets
from dataclasses import dataclass

from infra.sandbox.telegram.formatting.entities import detect
from infra.sandbox.telegram.formatting.parse import CAPTION_LENGTH, TEXT_LENGTH
from infra.sandbox.telegram.formatting.text import FormattedText, tidy
from infra.sandbox.telegram.parameters import Upload
from infra.sandbox.telegram.people import Person
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

PIECE = re.compile(rf".{{1,{TEXT_LENGTH}}}", re.DOTALL)


class RejectedError(Exception):
    """An app would not let its person do this; the text says why."""


@dataclass(frozen=True)
class Sender:
    """One person in one chat."""

    sandbox: Sandbox
    person: Person
    chat: Json

    def say(self, text: str, reply_to: int | None) -> Json:
        """A text longer than Telegram allows goes as several messages, as its apps do it."""
        pieces = PIECE.findall(text.strip())
        if not pieces:
            raise RejectedError("There is nothing to say: the text is empty.")
        posted = [self.post(_found(piece, "text", "entities"), reply_to) for piece in pieces]
        return posted[0]

    async def attach(
        self, uploads: list[Upload], kind: str, caption: str, group: str, reply_to: int | None
    ) -> list[Json]:
        """Several files are an album; its caption stands under the first."""
        if len(caption) > CAPTION_LENGTH:
            raise RejectedError(f"A caption has {CAPTION_LENGTH} characters at most.")
        attachments = self.sandbox.attachments.kinds
        contents = [await attachments[kind or _kind(each)](each, None) for each in uploads]
        contents[0] |= _found(caption, "caption", "caption_entities")
        if group or len(contents) > 1:
            shared = {"media_group_id": group or str(secrets.randbits(50))}
            contents = [content | shared for content in contents]
        return [self.post(content, reply_to) for content in contents]

    def post(self, content: Json, reply_to: int | None) -> Json:
        """Into the chat, and to the bot."""
        message = self.sandbox.messages.post(
            self.chat, self.person.user, content | self._reply(reply_to)
        )
        self.sandbox.people.start(self.person.id)
        self.sandbox.updates.add("message", message)
        return message

    def edit(self, message: Json, text: str) -> Json:
        if "text" in message and not text.strip():
            raise RejectedError("There is nothing to say: the text is empty.")
        names = ("text", "entities") if "text" in message else ("caption", "caption_entities")
        kept = {name: value for name, value in message.items() if name not in names}
        edited = kept | _found(text, *names) | {"edit_date": int(self.sandbox.settings.clock())}
        self.sandbox.messages.replace(edited)
        self.sandbox.updates.add("edited_message", edited)
        return edited

    def _reply(self, message_id: int | None) -> Json:
        if message_id is None:
            return {}
        message = self.sandbox.messages.find(self.chat["id"], message_id)
        if message is None:
            raise RejectedError("The message to reply to is not there any more.")
        message.pop("reply_to_message", None)
        return {"reply_to_message": message}


def _found(text: str, text_name: str, entities_name: str) -> Json:
    return detect(tidy(FormattedText(text))).fields(text_name, entities_name)


def _kind(upload: Upload) -> str:
    """How an app sends a file that was simply dropped on it."""
    if upload.content_type in {"image/jpeg", "image/png", "image/webp"}:
        return "photo"
    if upload.content_type == "image/gif":
        return "animation"
    family = upload.content_type.partition("/")[0]
    return family if family in {"video", "audio"} else "document"
