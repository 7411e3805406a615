"""A person's conversation about an order: what is asked of them, and what they say."""

from collections.abc import Collection
from dataclasses import dataclass

from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.current_user import Visitor
from worker.bot.draft import Draft
from worker.bot.mention import own_words
from worker.bot.options.catalog import prompt_limit
from worker.bot.options.errors import line_problems
from worker.bot.options.prompt_parser import read_line
from worker.bot.services.job_requests import Orders
from worker.bot.services.long_texts import decline, note_declined
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import close_card, open_card
from worker.bot.states import Making
from worker.bot.uploads.image_size import measured
from worker.bot.uploads.pictures import Flaw
from worker.bot.views.settings_card import SettingsCard
from worker.model import Job


@dataclass(frozen=True)
class Talk:
    """`anchor` is the message that is answered."""

    anchor: Message
    state: FSMContext
    visitor: Visitor
    orders: Orders
    preferences: Preferences

    def card(self, draft: Draft) -> SettingsCard:
        return self.preferences.card(self.visitor, draft)

    async def ask(self, draft: Draft) -> None:
        """Open the card that asks for what the draft lacks."""
        usable = await self.usable(draft)
        if usable.pictures or not draft.pictures:
            await open_card(self.anchor, self.state, self.card(usable))

    async def usable(self, draft: Draft) -> Draft:
        """With the sizes of its pictures, and without those that cannot be read, which is said."""
        found = await measured(self.anchor.bot, draft)
        if len(found.pictures) < len(draft.pictures) or found.mask != draft.mask:
            await self.anchor.reply(self.visitor.say(Flaw.UNREADABLE))
        return found

    async def limited(self, draft: Draft) -> Draft:
        """Without the pictures beyond those that its model takes, which is said; one that takes one asks which."""
        limit = self.preferences.offering.model(draft.work, {}).max_pictures
        if not len(draft.pictures) > limit > 1:
            return draft
        await self.anchor.reply(self.visitor.say("too-many-pictures", limit=limit))
        return draft.model_copy(update={"pictures": draft.pictures[:limit]})

    async def place(
        self, draft: Draft, text: str, cause: str | None = None, *, hold: bool = False
    ) -> bool:
        """Go on with what a line says; False, and said why, when that cannot be done. `hold`: wait for a press."""
        offering, given = self.preferences.offering, draft
        draft = await self.usable(given)
        if given.pictures and not draft.pictures:
            await note_declined(self.anchor, self.state)
            return False
        hold = hold or len(draft.pictures) < len(given.pictures)
        line = read_line(await own_words(self.anchor, text), offering.option_names(draft.work))
        if problems := line_problems(self.visitor, offering, draft, line):
            await self.anchor.reply("\n".join(problems))
            await note_declined(self.anchor, self.state)
            return False
        if not line.prompt:
            card = await self.preferences.change(self.visitor, draft, line.options)
            await open_card(self.anchor, self.state, card)
            return True
        options = self.preferences.settled(self.visitor.person, draft, line.options)
        draft = draft.saying(line.prompt, options)
        if hold and await self._fits(draft):
            await open_card(self.anchor, self.state, self.card(draft))
            return True
        return await self.go_on(draft, cause, told=line.options)

    async def price(self, draft: Draft, text: str) -> float:
        """What an order in a line is expected to cost, in dollars."""
        known = self.preferences.offering.option_names(draft.work)
        line = read_line(await own_words(self.anchor, text), known)
        options = self.preferences.settled(self.visitor.person, draft, line.options)
        return self.card(draft.saying(line.prompt, options)).price

    async def go_on(
        self, draft: Draft, cause: str | None = None, *, told: Collection[str] = ()
    ) -> bool:
        """Start a draft that has its words, or ask for what else it needs; False, and said why, when it is refused."""
        card = self.card(draft)
        if not await self._fits(draft):
            return False
        if card.awaits != Making.prompt or self.orders.asks_first(draft, card.price):
            await open_card(self.anchor, self.state, card)
            return True
        return await self.start(draft, cause, told=told) is not None

    async def start(
        self, draft: Draft, cause: str | None = None, *, told: Collection[str] = ()
    ) -> Job | None:
        """Place an order and close the card; None, and said why, when it is refused."""
        if not await self._fits(draft):
            return None
        cause = cause or str(self.anchor.message_id)
        job = await self.orders.place(self.visitor, draft, self.anchor, cause, told)
        if job:
            await close_card(self.anchor, self.state)
        return job

    async def _fits(self, draft: Draft) -> bool:
        """Whether the words are short enough for the model; says so when they are not."""
        model, length = self.card(draft).model, len(draft.words)
        if not model.takes_prompt or length <= prompt_limit(model):
            return True
        await decline(self.anchor, self.state, self.visitor.say, length, prompt_limit(model))
        return False
