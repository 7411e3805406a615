"""The card of settings that a conversation is about: one at a time, and only its buttons count."""

from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.job_card import Card
from worker.bot.settings_card import SettingsCard
from worker.bot.states import Making
from worker.jobs import Kind


@dataclass(frozen=True)
class OpenCard:
    """A card on the screen and the conversation that it belongs to."""

    kind: Kind
    message: Message
    state: FSMContext

    @property
    def in_group(self) -> bool:
        return self.message.chat.type != ChatType.PRIVATE

    async def show(self, card: Card) -> None:
        await self.message.edit_text(card.text, reply_markup=card.keyboard)


async def open_card(anchor: Message, state: FSMContext, card: SettingsCard) -> None:
    """Ask for a prompt below everything else; the card that was open before loses its buttons."""
    await close_card(anchor, state)
    in_group = anchor.chat.type != ChatType.PRIVATE
    send = anchor.reply if in_group else anchor.answer
    main = card.main(in_group=in_group)
    shown = await send(main.text, reply_markup=main.keyboard)
    # In this order the data outlives the state, which is nothing without it.
    await state.set_state(Making.prompt)
    await state.set_data({"kind": card.kind, "card": shown.message_id})


async def close_card(anchor: Message, state: FSMContext) -> None:
    """End the conversation, if there is one; a card that was deleted needs no tidying."""
    card_id = (await state.get_data()).get("card")
    await state.clear()
    if card_id and isinstance(anchor.bot, Bot):
        try:
            await anchor.bot.edit_message_reply_markup(chat_id=anchor.chat.id, message_id=card_id)
        except TelegramBadRequest:
            return
