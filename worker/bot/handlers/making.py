"""/image, /video and the two buttons of the keyboard: with words at once, without them by asking.

As an answer to a picture they begin with that picture.
"""

from functools import partial

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from infra.fal.models import Work
from worker.bot.draft import Draft
from worker.bot.filters import Addressed
from worker.bot.lines import Lines
from worker.bot.offering import FROM_WORDS, WITH_PICTURE
from worker.bot.open_card import open_card
from worker.bot.pictures import Originals
from worker.bot.preferences import Preferences
from worker.bot.texts import Texts
from worker.bot.visitor import Visitor


def setup(texts: Texts) -> Router:
    router = Router(name="making")
    router.message.filter(F.text)
    for work in FROM_WORDS:
        labels = texts.everywhere(f"button-{work}")
        router.message.register(partial(make, work=work), Command(work, magic=F.args))
        router.message.register(partial(ask, work=work), Command(work))
        router.message.register(partial(ask, work=work), F.text.in_(labels), Addressed())
    return router


async def make(  # noqa: PLR0913, PLR0917 - what aiogram passes, each by its name
    message: Message,
    command: CommandObject,
    state: FSMContext,
    visitor: Visitor,
    lines: Lines,
    originals: Originals,
    *,
    work: Work,
) -> None:
    draft = await _draft(message, originals, work)
    await lines.place(visitor, draft, command.args or "", message, state)


async def ask(  # noqa: PLR0913 - what aiogram passes, each by its name
    message: Message,
    state: FSMContext,
    visitor: Visitor,
    preferences: Preferences,
    originals: Originals,
    *,
    work: Work,
) -> None:
    draft = await _draft(message, originals, work)
    await open_card(message, state, preferences.card(visitor, draft.work, draft))


async def _draft(message: Message, originals: Originals, work: Work) -> Draft:
    original = await originals.answered(message)
    if original is None:
        return Draft(work=work)
    return original.draft(WITH_PICTURE[work])
