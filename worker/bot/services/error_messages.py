"""Messages to users whose update could not be handled."""

from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import ReplyParameters
from loguru import logger

from infra.i18n import Texts
from infra.telegram.outcomes import Unavailable, outcome_of
from worker.users.allowlist import AccessList
from worker.users.store import UserStore


class ErrorMessages:
    def __init__(self, bot: Bot, access: AccessList, users: UserStore, texts: Texts) -> None:
        self._bot = bot
        self._access = access
        self._users = users
        self._texts = texts

    async def send(self, update: dict[str, Any]) -> None:
        """Answer the sender of a raw update, well-formed or not, if they are allowed. Raises Unavailable."""
        press = _object(update.get("callback_query"))
        message = _object(
            press.get("message") or update.get("message") or update.get("edited_message")
        )
        user_id = _object((press or message).get("from")).get("id")
        chat_id = _object(message.get("chat")).get("id")
        if type(user_id) is not int or type(chat_id) is not int:
            return
        if not await self._access.is_allowed(user_id):
            return
        user = await self._users.get(user_id)
        reference = str(update.get("update_id", ""))
        key = "internal-error-admin" if user_id in self._access.admins else "internal-error"
        text = self._texts(user.speaks, key, reference=reference)
        place: dict[str, Any] = {}
        if message.get("chat", {}).get("type") != "private":
            # Reply, and stay in the topic of the message.
            place["reply_parameters"] = ReplyParameters(
                message_id=message["message_id"], allow_sending_without_reply=True
            )
            in_topic = message.get("is_topic_message")
            place["message_thread_id"] = message.get("message_thread_id") if in_topic else None
        try:
            await self._bot.send_message(chat_id, text, **place)
        except AiogramError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, Unavailable):
                raise outcome from error
            logger.warning(
                "failed to report the error of update {} to its user: {}", reference, outcome
            )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
