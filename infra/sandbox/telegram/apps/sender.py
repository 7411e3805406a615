"""Sends what users write: stores it as messages and informs the bot."""

import asyncio
import re
import secrets
from dataclasses import dataclass

from infra.sandbox.telegram import media
from infra.sandbox.telegram.ephemeral import shown
from infra.sandbox.telegram.formatting.entities import detect
from infra.sandbox.telegram.formatting.parse import CAPTION_LENGTH, TEXT_LENGTH
from infra.sandbox.telegram.formatting.text import FormattedText, tidy
from infra.sandbox.telegram.groups import ADMINISTRATOR, CREATOR
from infra.sandbox.telegram.media import UnreadableMediaError
from infra.sandbox.telegram.parameters import Upload
from infra.sandbox.telegram.privacy import is_for_bot
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.threads import UnknownThreadError
from infra.sandbox.telegram.users import User
from infra.sandbox.telegram.wire import Json

# The messages of an album come one by one, and none is marked as the last.
ALBUM_PAUSE_SECONDS = 0.003
PLAYED = {
    *("audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/aac"),
    *("audio/ogg", "audio/flac", "audio/x-flac"),
}
PIECE = re.compile(rf".{{1,{TEXT_LENGTH}}}", re.DOTALL)


class RejectedError(Exception):
    """An app rejects an action of its user; the text says why."""


@dataclass(frozen=True)
class Sender:
    """One user in one chat."""

    sandbox: Sandbox
    user: User
    chat: Json
    thread_id: int = 0

    def say(self, text: str, reply_to: int | None) -> Json:
        """Split a text longer than Telegram's limit into several messages, as its apps do."""
        pieces = PIECE.findall(text.strip())
        if not pieces:
            raise RejectedError("The text is empty: nothing to send.")
        contents = [_found(piece, "text", "entities") for piece in pieces]
        whispers = reply_to is not None and self._find_ephemeral(reply_to) is not None
        first, *_ = [
            self._whisper(content) if whispers else self.post(content, reply_to)
            for content in contents
        ]
        return first

    def _find_ephemeral(self, number: int) -> Json | None:
        return self.sandbox.ephemeral.find(self.chat["id"], self.user.id, number)

    def _whisper(self, content: Json) -> Json:
        """Reply to an ephemeral message: only the bot sees it."""
        bot = self.sandbox.profile.user
        user = self.user.user
        message = self.sandbox.ephemeral.post(self.chat, self.user.id, user, bot, content)
        self.sandbox.updates.add("message", message)
        return shown(message)

    async def attach(
        self, uploads: list[Upload], kind: str, caption: str, group: str, reply_to: int | None
    ) -> list[Json]:
        """Send several files as an album, with the caption under the first."""
        if len(caption) > CAPTION_LENGTH:
            raise RejectedError(f"A caption has {CAPTION_LENGTH} characters at most.")
        if kind == "voice":
            uploads = [await _recorded(each) for each in uploads]
        attachments = self.sandbox.attachments.kinds
        contents = [await attachments[kind or _kind(each)](each, None) for each in uploads]
        contents[0] |= _found(caption, "caption", "caption_entities")
        if group or len(contents) > 1:
            shared = {"media_group_id": group or str(secrets.randbits(50))}
            contents = [content | shared for content in contents]
        posted = []
        for content in contents:
            posted.append(self.post(content, reply_to))
            await asyncio.sleep(ALBUM_PAUSE_SECONDS)
        return posted

    def post(self, content: Json, reply_to: int | None) -> Json:
        """Add the message to the chat, and inform the bot."""
        place = self._place(reply_to)
        message = self.sandbox.messages.post(self.chat, self.user.user, content | place)
        if self.chat["type"] == "private":
            self.sandbox.users.start(self.user.id)
        self._tell("message", message)
        return message

    def edit(self, message: Json, text: str) -> Json:
        if "text" in message and not text.strip():
            raise RejectedError("The text is empty: nothing to send.")
        names = ("text", "entities") if "text" in message else ("caption", "caption_entities")
        kept = {name: value for name, value in message.items() if name not in names}
        edited = kept | _found(text, *names) | {"edit_date": int(self.sandbox.settings.clock())}
        self.sandbox.messages.replace(edited)
        self._tell("edited_message", edited)
        return edited

    def react(self, message: Json, emoji: str) -> None:
        """Inform the bot in private chats, and in groups if it is an administrator."""
        before = self.sandbox.messages.react(message, self.user.id, emoji)
        rules = self.sandbox.groups.bot(self.chat["id"]).status == ADMINISTRATOR
        if emoji == before or not (rules or self.chat["type"] == "private"):
            return
        change = {
            "chat": self.chat,
            "message_id": message["message_id"],
            "user": self.user.user,
            "date": int(self.sandbox.settings.clock()),
            "old_reaction": _reaction(before),
            "new_reaction": _reaction(emoji),
        }
        self.sandbox.updates.add("message_reaction", change)

    def _tell(self, kind: str, message: Json) -> None:
        """Inform the bot, if it is in the chat and is an administrator or privacy mode lets the message through."""
        profile, bot = self.sandbox.profile, self.sandbox.groups.bot(self.chat["id"])
        hears_all = not profile.privacy or bot.status == ADMINISTRATOR
        if bot.is_in and (hears_all or is_for_bot(message, profile.user)):
            self.sandbox.updates.add(kind, message)

    def _place(self, reply_to: int | None) -> Json:
        replied = None if reply_to is None else self._find(reply_to)
        try:
            place = self.sandbox.threads.place(self.chat, self.thread_id, replied)
        except UnknownThreadError:
            raise RejectedError("There is no such topic in this group.") from None
        groups, chat_id = self.sandbox.groups, self.chat["id"]
        rules = groups.members(chat_id).get(self.user.id) == CREATOR
        if groups.is_closed(chat_id, place.get("message_thread_id", 0)) and not rules:
            raise RejectedError("This topic is closed.")
        return place

    def _find(self, message_id: int) -> Json:
        message = self.sandbox.messages.find(self.chat["id"], message_id)
        if message is None:
            raise RejectedError("The message to reply to no longer exists.")
        return message


def _reaction(emoji: str) -> list[Json]:
    """https://core.telegram.org/bots/api#messagereactionupdated"""
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def _found(text: str, text_name: str, entities_name: str) -> Json:
    return detect(tidy(FormattedText(text))).fields(text_name, entities_name)


async def _recorded(upload: Upload) -> Upload:
    """Return a recording in the form of Telegram's apps, whatever the browser has recorded."""
    try:
        if (await asyncio.to_thread(media.probe_sound, upload.data)).is_voice:
            return upload
    except UnreadableMediaError:
        pass  # a browser's recording does not say how long it is
    try:
        data = await asyncio.to_thread(media.record_voice, upload.data)
    except UnreadableMediaError:
        raise RejectedError("There is no sound in this recording.") from None
    return Upload("voice.ogg", "audio/ogg", data)


def _kind(upload: Upload) -> str:
    """Return the kind as which an app sends a file that was dropped on it."""
    if upload.content_type in {"image/jpeg", "image/png", "image/webp"}:
        return "photo"
    if upload.content_type == "image/gif":
        return "animation"
    family = upload.content_type.partition("/")[0]
    # Telegram plays no WAV and the like: https://github.com/telegramdesktop/tdesktop/issues/27298
    is_played = family == "video" or upload.content_type in PLAYED
    return family if is_played else "document"
