"""Second pictures: a mask, in reply to a picture or for a card, and the last frame that a card asks for."""

from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from infra.fal.model import Work
from worker.bot.callback_data import MarkedInPicture
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, HasImage, OnOpenCard, RepliesTo, WithOrderDialog
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.settings_dialog import OpenCard
from worker.bot.states import Making
from worker.bot.uploads.pictures import Original, caption_of
from worker.model import Picture


class AboutOne(Filter):
    """The replied message is about one picture."""

    async def __call__(self, _: Message, answered: Original) -> bool:
        return len(answered.pictures) == 1 and not answered.is_video


def setup() -> Router:
    router = Router(name="masks")
    router.message.filter(
        HasImage(), AddressedToBot(), ~F.caption.startswith("/"), WithOrderDialog()
    )
    router.message.register(take, Making.mask)
    router.message.register(take_frame, Making.frame)
    router.message.register(mark_answered, RepliesTo(Original), AboutOne())
    router.callback_query.filter(OnOpenCard(), WithOrderDialog())
    router.callback_query.register(take_picture_itself, MarkedInPicture.filter())
    return router


async def take(message: Message, picture: Picture, dialog: OrderDialog) -> None:
    draft = await dialog.usable((await Draft.of(dialog.state)).marked_by(picture))
    if draft.mask:
        await _continue(message, draft, dialog)


async def take_frame(message: Message, picture: Picture, dialog: OrderDialog) -> None:
    """Add the last frame to the first one."""
    given = await Draft.of(dialog.state)
    draft = await dialog.usable(given.starting_from(*given.pictures, picture))
    if len(draft.pictures) > len(given.pictures):
        await _continue(message, draft, dialog)


async def _continue(message: Message, draft: Draft, dialog: OrderDialog) -> None:
    """Continue with the words of the card, or with those that came with the picture."""
    # Forwarded words were not written to the bot.
    caption, is_forwarded = caption_of(message), message.forward_origin is not None
    if draft.words and (is_forwarded or not caption):
        await dialog.go_on(draft)
    else:
        await dialog.place(draft, caption, hold=is_forwarded)


async def mark_answered(
    message: Message, picture: Picture, answered: Original, dialog: OrderDialog
) -> None:
    """Take the picture as a mask of the replied one; a later step checks that it is one."""
    await dialog.place(answered.draft(Work.INPAINTING, mask=picture), message.caption or "")


async def take_picture_itself(callback: CallbackQuery, card: OpenCard, dialog: OrderDialog) -> None:
    """Use the transparent area of the picture as its own mask."""
    if not card.draft.has_hole:
        await callback.answer(dialog.current_user.t.plain("stale"), show_alert=True)
        return
    await callback.answer()
    await card.show_main(dialog.card(card.draft.marked_by(card.draft.pictures[0])))
