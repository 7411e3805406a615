"""Questions of a user to the prompt helper, from a press to an answer in the chat."""

import asyncio
import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import Message
from aiohttp import ClientError
from anyio import Path as AsyncPath
from loguru import logger

from infra.errors import BrokenResult, StorageError
from infra.fal.language_model import LanguageModelError
from infra.images.preview import small_jpeg
from infra.storage.store import Storage
from infra.telegram.chat_action import typing
from worker.bot.current_user import CurrentUser
from worker.bot.services.job_message import ResultImage
from worker.bot.services.limit_messages import Refusals, Refused
from worker.bot.views.card import Card
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.limits.limits import OrderRefused
from worker.model import Picture
from worker.prompt_helper.charges import Purpose
from worker.prompt_helper.questions import LOAD_SECONDS, PromptHelper, Question, Reply

_SIDE = 1024
# Dollars of an answer, where a budget has no room for it.
_EXPECTED = 0.001


class HelperRefused(Exception):  # noqa: N818 - the answer to a user
    """There is no answer; `text` says as HTML why, and the next step."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@dataclass(frozen=True)
class HelperDialog:
    """Asks the helper about what a message shows."""

    helper: PromptHelper
    files: Storage
    refusals: Refusals
    messages: MessageIndex

    async def ask[T](
        self, message: Message, current_user: CurrentUser, question: Question[T], purpose: Purpose
    ) -> Reply[T]:
        """Ask, while the chat shows that the bot is at work. Raises HelperRefused."""
        t = current_user.t
        try:
            async with typing(message):
                return await self.helper.ask(current_user.user.id, question, purpose=purpose)
        except OrderRefused as refusal:
            card = await self.refusals.card(current_user, Refused(refusal, _EXPECTED))
            raise HelperRefused(card.text) from None
        except LanguageModelError as error:
            logger.info("no answer of the language model: {}: {}", purpose, error)
            raise HelperRefused(t(f"helper-failed-{purpose}")) from None

    async def look(self, message: Message, current_user: CurrentUser, picture: Picture) -> str:
        """Return an image as a data URI that the model can look at. Raises HelperRefused."""
        try:
            async with typing(message), asyncio.timeout(LOAD_SECONDS):
                content = await self._small(message.bot, picture)
        except (AiogramError, ClientError, OSError, BrokenResult, StorageError) as error:
            logger.info("failed to load an image for the model: {}", type(error).__name__)
            raise HelperRefused(current_user.t("helper-image-gone")) from None
        return "data:image/jpeg;base64," + base64.b64encode(content).decode()

    async def reply(self, image: ResultImage, card: Card) -> None:
        """Reply to a result with a card about it; a reply to that card means the result."""
        shown = await image.message.reply(card.text, reply_markup=card.keyboard)
        await self.messages.remember(shown, ResultRef(image.job.id, image.number))

    async def _small(self, bot: Bot | None, picture: Picture) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "image")
            if picture.file_id and bot:
                await bot.download(picture.file_id, path)
            else:
                async with await AsyncPath(path).open("wb") as file:
                    async for chunk in self.files.read(picture.key or ""):
                        await file.write(chunk)
            return await small_jpeg(path, _SIDE)
