"""The open settings card of a conversation: there is one at a time, and only its buttons work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.draft import Draft
from worker.bot.views.card import Card
from worker.bot.views.settings_card import SettingsCard


@dataclass(frozen=True)
class OpenCard:
    """An open card and its conversation."""

    draft: Draft
    message: Message
    state: FSMContext

    @classmethod
    def of(cls, message: Message, state: FSMContext, data: Mapping[str, Any]) -> Self | None:
        """Return None if this message is not the open card."""
        is_open = data.get("card") == message.message_id
        return cls(Draft.model_validate(data), message, state) if is_open else None

    @property
    def work(self) -> Work:
        return self.draft.work

    @property
    def reply_to(self) -> Message:
        """The message that the card replies to while it exists; the job replies to it too."""
        return self.message.reply_to_message or self.message

    @property
    def in_group(self) -> bool:
        return self.message.chat.type != ChatType.PRIVATE

    async def show(self, card: Card) -> None:
        await self.message.edit_text(card.text, reply_markup=card.keyboard)

    async def show_main(self, settings: SettingsCard) -> None:
        """Show the main view of the card, of a draft that may have changed."""
        await self.state.set_state(settings.awaits)
        await self.state.update_data(settings.shown.model_dump(mode="json"))
        await self.show(settings.main(in_group=self.in_group))


async def open_card(
    reply_to: Message,
    state: FSMContext,
    settings: SettingsCard,
    view: Card | None = None,
    *,
    offer: Message | None = None,
) -> None:
    """Send a new card, or make it of our `offer`, and close the one that was open; `view` replaces the main view."""
    await close_card(reply_to, state)
    in_group = reply_to.chat.type != ChatType.PRIVATE
    shown = view or settings.main(in_group=in_group)
    if offer:
        await offer.edit_text(shown.text, reply_markup=shown.keyboard)
        await keep_card(state, settings, offer)
        return
    # Reply in a group, and if the card is about one of several images or about words that wait for a press.
    if in_group or settings.draft.pictures or settings.draft.words:
        message = await reply_to_asker(reply_to, shown.text, reply_markup=shown.keyboard)
    else:
        message = await reply_to.answer(shown.text, reply_markup=shown.keyboard)
    await keep_card(state, settings, message)


async def keep_card(state: FSMContext, settings: SettingsCard, message: Message) -> None:
    """Make this message the open card."""
    # Written second, the data expires after the state, which needs it.
    await state.set_state(settings.awaits)
    data = settings.shown.model_dump(mode="json")
    shown = {"card": message.message_id, "shown_at": message.date.timestamp()}
    await state.set_data(data | shown)


async def close_card(reply_to: Message, state: FSMContext) -> None:
    """End the conversation and delete its card, if there is one."""
    card_id = (await state.get_data()).get("card")
    await state.clear()
    if card_id and isinstance(reply_to.bot, Bot):
        try:
            await reply_to.bot.delete_message(chat_id=reply_to.chat.id, message_id=card_id)
        except TelegramBadRequest:
            return
