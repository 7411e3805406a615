"""The open admin card, and the meaning of a text that is typed below it."""

from contextlib import suppress
from dataclasses import dataclass

from aiogram.exceptions import TelegramBadRequest
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.admin_callback_data import Section
from worker.bot.current_user import CurrentUser
from worker.bot.services.admin_service import Administration
from worker.bot.services.settings_dialog import close_card
from worker.bot.states import Administering
from worker.bot.views.card import Card

_STATES = {
    Section.LIMIT: Administering.limit,
    Section.USERS: Administering.member,
    Section.PAUSE: Administering.pause,
}


@dataclass(frozen=True)
class AdminDialog:
    """`message` is the card itself, or what the admin has typed."""

    message: Message
    state: FSMContext
    current_user: CurrentUser
    administration: Administration

    async def about(self) -> str:
        """Return what the open view is about."""
        about: str = (await self.state.get_data())["about"]
        return about

    async def edit(self, section: Section, about: str = "") -> None:
        """Show a view in place."""
        view = await self.administration.view(self.current_user, section, about)
        await self._await_words(self.message, section, about)
        await self.message.edit_text(view.text, reply_markup=view.keyboard)

    async def show(self, view: Card) -> None:
        """Show a view that awaits no words in place."""
        await close_card(self.message, self.state)
        await self.message.edit_text(view.text, reply_markup=view.keyboard)

    async def send(self, section: Section, about: str = "") -> None:
        """Show a view below the typed text, and remove the buttons of the card above."""
        above = (await self.state.get_data()).get("admin_dialog")
        if above and self.message.bot:
            with suppress(TelegramBadRequest):
                await self.message.bot.edit_message_reply_markup(
                    chat_id=self.message.chat.id, message_id=above
                )
        view = await self.administration.view(self.current_user, section, about)
        shown = await self.message.answer(view.text, reply_markup=view.keyboard)
        await self._await_words(shown, section, about)

    async def _await_words(self, card: Message, section: Section, about: str) -> None:
        await close_card(card, self.state)
        if section in _STATES:
            await self.state.set_state(_STATES[section])
            await self.state.set_data({"admin_dialog": card.message_id, "about": about})
