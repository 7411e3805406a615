"""Conversation with a user about an order."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.mention import own_words
from worker.bot.options.catalog import prompt_limit
from worker.bot.options.errors import line_problems
from worker.bot.options.prompt_flags import cut_compare
from worker.bot.options.prompt_parser import ParsedPrompt, may_name_resolution, parse_prompt
from worker.bot.services.long_texts import decline, remember_declined
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import close_card, open_card
from worker.bot.states import Making
from worker.bot.uploads.image_size import measured
from worker.bot.views.comparison_card import comparison_choice
from worker.bot.views.settings_card import SettingsCard
from worker.comparisons.store import FEWEST
from worker.model import Job, Options, SetPurpose


@dataclass(frozen=True)
class OrderDialog:
    """`reply_to` is the message that the bot replies to; its `offer`, if there is one, becomes the card of the order.

    `undoable`: the bot itself has chosen what to do with the user's words.
    """

    reply_to: Message
    state: FSMContext
    current_user: CurrentUser
    orders: Orders
    preferences: Preferences
    offer: Message | None = None
    undoable: bool = False

    def card(self, draft: Draft) -> SettingsCard:
        return self.preferences.card(self.current_user, draft)

    async def ask(self, draft: Draft) -> None:
        """Open the card that asks for what the draft lacks."""
        usable = await self.usable(draft)
        if usable.pictures or not draft.pictures:
            await open_card(self.reply_to, self.state, self.card(usable), offer=self.offer)

    async def usable(self, draft: Draft) -> Draft:
        """Add the sizes of the pictures, drop those that cannot be used, and say why."""
        found, flaw = await measured(self.reply_to.bot, draft)
        if flaw:
            await reply_to_asker(self.reply_to, self.current_user.t(f"failure-{flaw}"))
        return found

    async def limited(self, draft: Draft) -> Draft:
        """Drop the pictures beyond the model's limit, and say so; if the limit is one, the card asks which to use."""
        limit = self.preferences.catalog.model(draft.work, {}).max_pictures
        if not len(draft.pictures) > limit > 1:
            return draft
        await reply_to_asker(self.reply_to, self.current_user.t("too-many-pictures", limit=limit))
        return draft.model_copy(update={"pictures": draft.pictures[:limit]})

    async def place(
        self, draft: Draft, text: str, cause: str | None = None, *, hold: bool = False
    ) -> bool:
        """Continue the order with a line of text; `hold`: wait for a press before it starts.

        Return False, with an explanation sent, if that is not possible.
        """
        catalog, given = self.preferences.catalog, draft
        draft = await self.usable(given)
        if given.pictures and not draft.pictures:
            await remember_declined(self.reply_to, self.state)
            return False
        hold = hold or len(draft.pictures) < len(given.pictures)
        text, compares = cut_compare(text)
        line = await self._read(draft, text)
        draft = draft.in_formats(line.formats)
        if "model" in line.options:
            draft = draft.model_copy(update={"model": None, "instead_of": ""})
        if problems := line_problems(self.current_user, catalog, draft, line):
            await reply_to_asker(self.reply_to, "\n".join(problems))
            await remember_declined(self.reply_to, self.state)
            return False
        if not line.prompt:
            card = await self.preferences.change(self.current_user, draft, line.options)
            await self._open(card, compares=compares)
            return True
        user = self.current_user.user
        options = self.preferences.settled(user, draft, line.options)
        missing = "" if "model" in line.options else self.preferences.missing(user, draft)
        is_new = missing != draft.instead_of
        draft = draft.saying(line.prompt, options).model_copy(update={"instead_of": missing})
        card = self.card(draft)
        if not await self._fits(card):
            return False
        # The card shows which of the formats the model has.
        hold = hold or bool(line.formats and not {*line.formats} <= {*card.possible_formats})
        if hold or is_new or compares:
            # The card of this order says it, the next one need not.
            await self._forget_missing(card)
            await self._open(card, compares=compares)
            return True
        return await self._go_on(card, draft, cause, line.options)

    async def _open(self, card: SettingsCard, *, compares: bool) -> None:
        """Open a card, with the choice of models to compare if the user wants to and there are several."""
        offers = compares and len(card.comparable) >= FEWEST
        choice = comparison_choice(card) if offers else None
        await open_card(self.reply_to, self.state, card, choice, offer=self.offer)

    async def price(self, draft: Draft, text: str) -> float:
        """Estimate the price of the order in a line, in dollars."""
        return self.card(self._saying(draft, await self._read(draft, text))).price

    async def drafted(self, draft: Draft, text: str) -> Draft | None:
        """Return the draft with the words and options of a line; None, with an explanation sent, if it has flaws."""
        line = await self._read(draft, text)
        problems = line_problems(self.current_user, self.preferences.catalog, draft, line)
        if problems:
            await self.reply_to.reply("\n".join(problems))
            return None
        return self._saying(draft, line)

    def _saying(self, draft: Draft, line: ParsedPrompt) -> Draft:
        draft = draft.in_formats(line.formats)
        options = self.preferences.settled(self.current_user.user, draft, line.options)
        return draft.saying(line.prompt, options)

    async def _read(self, draft: Draft, text: str) -> ParsedPrompt:
        """Parse a line for the work of a draft."""
        catalog, words = self.preferences.catalog, await own_words(self.reply_to, text)
        known, titles = catalog.option_names(draft.work), catalog.titles(draft.work)
        line = parse_prompt(words, known, titles=titles)
        if may_name_resolution(words):
            asked = catalog.understood(draft.work, line.options)
            settled = self.preferences.settled(self.current_user.user, draft, asked)
            own = None if "model" in asked else draft.own_model
            resolutions = catalog.model(draft.work, settled, own).choices("resolution")
            line = parse_prompt(words, known, resolutions, titles)
        return replace(line, options=catalog.understood(draft.work, line.options))

    async def _forget_missing(self, card: SettingsCard) -> None:
        user, draft = self.current_user.user, card.draft
        if draft.instead_of and user.options(draft.work).get("model") == draft.instead_of:
            change: Options = {"model": card.model.endpoint}
            await self.preferences.remember(self.current_user, draft.work, change)

    async def go_on(self, draft: Draft, cause: str | None = None) -> bool:
        """Start a draft that has its words, or ask for what else it needs.

        Return False, with an explanation sent, if it is refused.
        """
        card = self.card(draft)
        return await self._fits(card) and await self._go_on(card, draft, cause, ())

    async def _go_on(
        self, card: SettingsCard, draft: Draft, cause: str | None, given_options: Collection[str]
    ) -> bool:
        waits = card.awaits != Making.prompt or card.flaw or card.missing != draft.instead_of
        if waits or self.orders.asks_first(draft, card.price):
            await open_card(self.reply_to, self.state, card, offer=self.offer)
            return True
        return await self._start(card, draft, cause, given_options) is not None

    async def start(self, draft: Draft, cause: str | None = None) -> Job | None:
        """Place the order and close the card; return None, with an explanation sent, if it is refused."""
        card = self.card(draft)
        return await self._start(card, draft, cause, ()) if await self._fits(card) else None

    async def _start(
        self, card: SettingsCard, draft: Draft, cause: str | None, given_options: Collection[str]
    ) -> Job | None:
        cause = cause or str(self.reply_to.message_id)
        if formats := card.formats:
            drafts = [
                draft.model_copy(update={"options": card.in_format(ratio)}) for ratio in formats
            ]
            jobs = await self.orders.place_set(
                self.current_user, drafts, self.reply_to, cause, SetPurpose.FORMATS, self.offer
            )
            job = jobs[0] if jobs else None
        elif compared := card.compared:
            jobs = await self.orders.compare(
                self.current_user, draft, compared, self.reply_to, cause, self.offer
            )
            job = jobs[0] if jobs else None
        else:
            job = await self.orders.place(
                self.current_user,
                draft,
                self.reply_to,
                cause,
                given_options,
                offer=self.offer,
                undoable=self.undoable,
            )
        if job:
            await close_card(self.reply_to, self.state)
        return job

    async def _fits(self, card: SettingsCard) -> bool:
        """Tell whether the words are neither too short nor too long for the model; say so if they are."""
        if not card.model.takes_prompt:
            return True
        words, models = card.draft.words, card.compared or (card.model,)
        least, most = max(m.min_prompt for m in models), min(map(prompt_limit, models))
        length = len(words)
        if 0 < len(words.strip()) < least:
            await reply_to_asker(
                self.reply_to, self.current_user.t("prompt-too-short", least=least)
            )
            return False
        if length <= most:
            return True
        await decline(self.reply_to, self.state, self.current_user.t, length, most)
        return False
