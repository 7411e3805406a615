"""Orders that come in one line, options and all."""

from collections.abc import Iterable, Iterator
from itertools import islice

from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.fal.models import Value
from worker.bot.draft import Draft
from worker.bot.excerpt import excerpt
from worker.bot.flags import KNOWN
from worker.bot.labels import label
from worker.bot.offering import MAX_NEGATIVE_PROMPT
from worker.bot.open_card import close_card, open_card
from worker.bot.option_line import Line, read_line
from worker.bot.orders import Order, Orders
from worker.bot.preferences import Preferences
from worker.bot.texts import Phrases
from worker.bot.visitor import Visitor
from worker.bot.words import own_words

# The first few are enough to mend a line by.
_PROBLEMS_SAID = 4


class Lines:
    def __init__(self, orders: Orders, preferences: Preferences) -> None:
        self._orders = orders
        self._preferences = preferences

    async def place(  # noqa: PLR0913, PLR0917 - whose line of what for which order, said where
        self,
        visitor: Visitor,
        draft: Draft,
        text: str,
        message: Message,
        state: FSMContext,
        cause: str | None = None,
    ) -> bool:
        """Start what the line says, or open the card for a line without words; False, and said why, if neither."""
        known = self._preferences.offering.option_names(draft.work)
        line = read_line(await own_words(message, text), known)
        problems = list(islice(self._problems(visitor, draft, line), _PROBLEMS_SAID))
        if problems:
            await message.reply("\n".join([*problems, visitor.say("option-nothing-started")]))
            return False
        if not line.prompt:
            changed = await self._preferences.remember(visitor, draft.work, line.options)
            await open_card(message, state, self._preferences.card(changed, draft.work, draft))
            return True
        order = Order.of(draft, line.prompt, line.options)
        if not await self._orders.place(visitor, order, message, cause or str(message.message_id)):
            return False
        await close_card(message, state)
        return True

    def _problems(self, visitor: Visitor, draft: Draft, line: Line) -> Iterator[str]:
        """HTML, one sentence each."""
        say, offering = visitor.say, self._preferences.offering
        yield from _misspelt(say, line)
        wanted = visitor.person.options(draft.work) | line.options
        choices = offering.choices(draft.work, wanted)
        for option, value in line.options.items():
            if not offering.allows(draft.work, wanted, option):
                yield _impossible(say, option, value, choices.get(option, ()))


def _misspelt(say: Phrases, line: Line) -> Iterator[str]:
    for flag in line.strange:
        yield say("option-unknown", asked=excerpt(flag, 40), possible=", ".join(KNOWN))
    for flag in line.incomplete:
        yield say("option-needs-value", asked=flag)
    length = len(str(line.options.get("negative_prompt", "")))
    if length > MAX_NEGATIVE_PROMPT:
        yield say("prompt-too-long", length=length, limit=MAX_NEGATIVE_PROMPT)


def _impossible(say: Phrases, option: str, value: Value, possible: Iterable[Value]) -> str:
    asked = label(say, option, value)
    choices = ", ".join(label(say, option, choice) for choice in possible)
    if not choices:
        return say("option-unsupported", asked=asked)
    return say("option-impossible", asked=asked, possible=choices)
