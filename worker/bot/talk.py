"""A person's conversation about an order: what is asked of them, and what they say."""

from dataclasses import dataclass

from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.draft import Draft
from worker.bot.line_problems import line_problems
from worker.bot.open_card import close_card, open_card
from worker.bot.option_line import read_line
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.settings_card import SettingsCard
from worker.bot.visitor import Visitor
from worker.bot.words import own_words


@dataclass(frozen=True)
class Talk:
    """`anchor` is the message that is answered."""

    anchor: Message
    state: FSMContext
    visitor: Visitor
    orders: Orders
    preferences: Preferences

    def card(self, draft: Draft) -> SettingsCard:
        return self.preferences.card(self.visitor, draft.work, draft)

    async def ask(self, draft: Draft) -> None:
        """Open the card that asks for what the draft lacks."""
        await open_card(self.anchor, self.state, self.card(draft))

    async def place(self, draft: Draft, text: str, cause: str | None = None) -> bool:
        """Start what a line says, or open the card for a line without words; False, and said why, if neither."""
        offering = self.preferences.offering
        line = read_line(await own_words(self.anchor, text), offering.option_names(draft.work))
        if problems := line_problems(self.visitor, offering, draft.work, line):
            await self.anchor.reply("\n".join(problems))
            return False
        if not line.prompt:
            changed = await self.preferences.remember(self.visitor, draft.work, line.options)
            card = self.preferences.card(changed, draft.work, draft)
            await open_card(self.anchor, self.state, card)
            return True
        return await self.start(Order.of(draft, line.prompt, line.options), cause)

    async def start(self, order: Order, cause: str | None = None) -> bool:
        """Place an order and close the card; False, and said why, when it is refused."""
        cause = cause or str(self.anchor.message_id)
        if not await self.orders.place(self.visitor, order, self.anchor, cause):
            return False
        await close_card(self.anchor, self.state)
        return True
