"""A person's conversation about an order: what is asked of them, and what they say."""

from collections.abc import Collection
from dataclasses import dataclass

from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.mention import own_words
from worker.bot.options.catalog import prompt_limit
from worker.bot.options.errors import line_problems
from worker.bot.options.prompt_parser import parse_prompt
from worker.bot.services.job_requests import Orders
from worker.bot.services.long_texts import decline, remember_declined
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import close_card, open_card
from worker.bot.states import Making
from worker.bot.uploads.image_size import measured
from worker.bot.uploads.pictures import Flaw
from worker.bot.views.settings_card import SettingsCard
from worker.model import Job


@dataclass(frozen=True)
class OrderDialog:
    """`reply_to` is the message that is answered."""

    reply_to: Message
    state: FSMContext
    current_user: CurrentUser
    orders: Orders
    preferences: Preferences

    def card(self, draft: Draft) -> SettingsCard:
        return self.preferences.card(self.current_user, draft)

    async def ask(self, draft: Draft) -> None:
        """Open the card that asks for what the draft lacks."""
        usable = await self.usable(draft)
        if usable.pictures or not draft.pictures:
            await open_card(self.reply_to, self.state, self.card(usable))

    async def usable(self, draft: Draft) -> Draft:
        """With the sizes of its pictures, and without those that cannot be read, which is said."""
        found = await measured(self.reply_to.bot, draft)
        if len(found.pictures) < len(draft.pictures) or found.mask != draft.mask:
            await self.reply_to.reply(self.current_user.say(Flaw.UNREADABLE))
        return found

    async def limited(self, draft: Draft) -> Draft:
        """Without the pictures beyond those that its model takes, which is said; one that takes one asks which."""
        limit = self.preferences.catalog.model(draft.work, {}).max_pictures
        if not len(draft.pictures) > limit > 1:
            return draft
        await self.reply_to.reply(self.current_user.say("too-many-pictures", limit=limit))
        return draft.model_copy(update={"pictures": draft.pictures[:limit]})

    async def place(
        self, draft: Draft, text: str, cause: str | None = None, *, hold: bool = False
    ) -> bool:
        """Go on with what a line says; False, and said why, when that cannot be done. `hold`: wait for a press."""
        catalog, given = self.preferences.catalog, draft
        draft = await self.usable(given)
        if given.pictures and not draft.pictures:
            await remember_declined(self.reply_to, self.state)
            return False
        hold = hold or len(draft.pictures) < len(given.pictures)
        line = parse_prompt(await own_words(self.reply_to, text), catalog.option_names(draft.work))
        if problems := line_problems(self.current_user, catalog, draft, line):
            await self.reply_to.reply("\n".join(problems))
            await remember_declined(self.reply_to, self.state)
            return False
        if not line.prompt:
            card = await self.preferences.change(self.current_user, draft, line.options)
            await open_card(self.reply_to, self.state, card)
            return True
        options = self.preferences.settled(self.current_user.user, draft, line.options)
        draft = draft.saying(line.prompt, options)
        if hold and await self._fits(draft):
            await open_card(self.reply_to, self.state, self.card(draft))
            return True
        return await self.go_on(draft, cause, told=line.options)

    async def price(self, draft: Draft, text: str) -> float:
        """What an order in a line is expected to cost, in dollars."""
        known = self.preferences.catalog.option_names(draft.work)
        line = parse_prompt(await own_words(self.reply_to, text), known)
        options = self.preferences.settled(self.current_user.user, draft, line.options)
        return self.card(draft.saying(line.prompt, options)).price

    async def go_on(
        self, draft: Draft, cause: str | None = None, *, told: Collection[str] = ()
    ) -> bool:
        """Start a draft that has its words, or ask for what else it needs; False, and said why, when it is refused."""
        card = self.card(draft)
        if not await self._fits(draft):
            return False
        if card.awaits != Making.prompt or self.orders.asks_first(draft, card.price):
            await open_card(self.reply_to, self.state, card)
            return True
        return await self.start(draft, cause, told=told) is not None

    async def start(
        self, draft: Draft, cause: str | None = None, *, told: Collection[str] = ()
    ) -> Job | None:
        """Place an order and close the card; None, and said why, when it is refused."""
        if not await self._fits(draft):
            return None
        cause = cause or str(self.reply_to.message_id)
        job = await self.orders.place(self.current_user, draft, self.reply_to, cause, told)
        if job:
            await close_card(self.reply_to, self.state)
        return job

    async def _fits(self, draft: Draft) -> bool:
        """Whether the words are short enough for the model; says so when they are not."""
        model, length = self.card(draft).model, len(draft.words)
        if not model.takes_prompt or length <= prompt_limit(model):
            return True
        await decline(self.reply_to, self.state, self.current_user.say, length, prompt_limit(model))
        return False
