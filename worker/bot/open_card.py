"""The card of settings that a conversation is about: one at a time, and only its buttons count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import Message
from pydantic import BaseModel

from infra.fal.models import Work
from worker.bot.job_card import Card
from worker.bot.settings_card import SettingsCard
from worker.bot.states import Making
from worker.jobs import Picture


class Draft(BaseModel):
    """What is known of an order before its words have come."""

    work: Work
    pictures: tuple[Picture, ...] = ()
    mask: Picture | None = None
    source: str | None = None

    @classmethod
    async def of(cls, state: FSMContext) -> Self:
        return cls.model_validate(await state.get_data())


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
    def in_group(self) -> bool:
        return self.message.chat.type != ChatType.PRIVATE

    async def show(self, card: Card) -> None:
        await self.message.edit_text(card.text, reply_markup=card.keyboard)


async def open_card(
    anchor: Message, state: FSMContext, card: SettingsCard, draft: Draft | None = None
) -> None:
    """Ask for a prompt below everything else; the card that was open before loses its buttons."""
    await close_card(anchor, state)
    in_group = anchor.chat.type != ChatType.PRIVATE
    send = anchor.reply if in_group else anchor.answer
    main = card.main(in_group=in_group)
    shown = await send(main.text, reply_markup=main.keyboard)
    # In this order the data outlives the state, which is nothing without it.
    await state.set_state(Making.prompt)
    known = draft or Draft(work=card.work)
    await state.set_data(known.model_dump(mode="json") | {"card": shown.message_id})


async def close_card(anchor: Message, state: FSMContext) -> None:
    """End the conversation, if there is one; a card that was deleted needs no tidying."""
    card_id = (await state.get_data()).get("card")
    await state.clear()
    if card_id and isinstance(anchor.bot, Bot):
        try:
            await anchor.bot.edit_message_reply_markup(chat_id=anchor.chat.id, message_id=card_id)
        except TelegramBadRequest:
            return
