"""What to repaint: a picture that answers a picture, or the one that a card asks for."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from infra.fal.models import Work
from worker.bot.callbacks import MarkedInPicture
from worker.bot.draft import Draft
from worker.bot.filters import Addressed, AnswersPicture, BringsPicture, OnOpenCard
from worker.bot.lines import Lines
from worker.bot.open_card import OpenCard
from worker.bot.pictures import Original
from worker.bot.preferences import Preferences
from worker.bot.states import Making
from worker.bot.visitor import Visitor
from worker.jobs import Picture


def setup() -> Router:
    router = Router(name="masks")
    router.message.filter(BringsPicture(), Addressed(), ~F.caption.startswith("/"))
    router.message.register(take, Making.mask)
    router.message.register(mark_answered, AnswersPicture())
    pressed = MarkedInPicture.filter()
    router.callback_query.register(take_picture_itself, pressed, OnOpenCard())
    return router


async def take(
    message: Message, picture: Picture, state: FSMContext, visitor: Visitor, lines: Lines
) -> None:
    draft = (await Draft.of(state)).model_copy(update={"mask": picture})
    await lines.place(visitor, draft, message.caption or "", message, state)


async def mark_answered(  # noqa: PLR0913, PLR0917 - what aiogram passes, each by its name
    message: Message,
    picture: Picture,
    answered: Original,
    state: FSMContext,
    visitor: Visitor,
    lines: Lines,
) -> None:
    """Whether it is a mask at all shows when it is laid over the picture."""
    draft = answered.draft(Work.INPAINTING, mask=picture)
    await lines.place(visitor, draft, message.caption or "", message, state)


async def take_picture_itself(
    callback: CallbackQuery, card: OpenCard, visitor: Visitor, preferences: Preferences
) -> None:
    """A picture with a transparent place says by itself what to repaint."""
    await callback.answer()
    draft = card.draft.model_copy(update={"mask": card.draft.pictures[0]})
    await card.show_main(preferences.card(visitor, draft.work, draft))
