"""The card of settings that a conversation is about: one at a time, and only its buttons count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.fal.model import Work
from worker.bot.draft import Draft
from worker.bot.views.card import Card
from worker.bot.views.settings_card import SettingsCard


@dataclass(frozen=True)
class OpenCard:
    """A card on the screen and the conversation that it belongs to."""

    draft: Draft
    message: Message
    state: FSMContext

    @classmethod
    def of(cls, message: Message, state: FSMContext, data: Mapping[str, Any]) -> Self | None:
        """None when this message is not the card that is open."""
        is_open = data.get("card") == message.message_id
        return cls(Draft.model_validate(data), message, state) if is_open else None

    @property
    def work(self) -> Work:
        return self.draft.work

    @property
    def reply_to(self) -> Message:
        """The picture that the card is about, while it is there: what the job will answer."""
        return self.message.reply_to_message or self.message

    @property
    def in_group(self) -> bool:
        return self.message.chat.type != ChatType.PRIVATE

    async def show(self, card: Card) -> None:
        await self.message.edit_text(card.text, reply_markup=card.keyboard)

    async def show_main(self, settings: SettingsCard) -> None:
        """The card as it begins, of a draft that may have changed."""
        await self.state.set_state(settings.awaits)
        await self.state.update_data(settings.shown.model_dump(mode="json"))
        await self.show(settings.main(in_group=self.in_group))


async def open_card(reply_to: Message, state: FSMContext, settings: SettingsCard) -> None:
    """Ask for what is missing below everything else; the card that was open before is closed."""
    await close_card(reply_to, state)
    in_group = reply_to.chat.type != ChatType.PRIVATE
    shown = settings.main(in_group=in_group)
    # In a group it is an answer, and so it is where a picture may have others around it, or words wait for a press.
    answers = in_group or settings.draft.pictures or settings.draft.words
    send = reply_to.reply if answers else reply_to.answer
    message = await send(shown.text, reply_markup=shown.keyboard)
    await keep_card(state, settings, message)


async def keep_card(state: FSMContext, settings: SettingsCard, message: Message) -> None:
    """This message is the card that is open from now on."""
    # In this order the data outlives the state, which is nothing without it.
    await state.set_state(settings.awaits)
    data = settings.shown.model_dump(mode="json")
    shown = {"card": message.message_id, "shown_at": message.date.timestamp()}
    await state.set_data(data | shown)


async def close_card(reply_to: Message, state: FSMContext) -> None:
    """End the conversation, if there is one; a card that was deleted needs no tidying."""
    card_id = (await state.get_data()).get("card")
    await state.clear()
    if card_id and isinstance(reply_to.bot, Bot):
        try:
            await reply_to.bot.delete_message(chat_id=reply_to.chat.id, message_id=card_id)
        except TelegramBadRequest:
            return
