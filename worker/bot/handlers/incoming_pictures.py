"""Incoming pictures: edited at once with words; without words the card asks what to do."""

from aiogram import F, Router
from aiogram.filters import or_f
from aiogram.types import Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, Command, HasImage, WithOrderDialog
from worker.bot.options.catalog import WITH_PICTURE
from worker.bot.options.value_aliases import is_background_removal
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.states import Making
from worker.bot.uploads.pictures import (
    Original,
    caption_of,
    read_caption,
)
from worker.model import Picture


def setup() -> Router:
    router = Router(name="pictures")
    meant = or_f(AddressedToBot(), Command(*WITH_PICTURE))
    router.message.filter(HasImage(), meant, WithOrderDialog())
    router.message.register(add, ~F.caption, Making.prompt)
    router.message.register(order)
    return router


async def order(message: Message, picture: Picture, dialog: OrderDialog) -> None:
    found = read_caption(caption_of(message))
    if found is None:
        await reply_to_asker(message, dialog.current_user.t("unknown-command"))
        return
    work, words = found
    if work is Work.IMAGE_EDIT and is_background_removal(words):
        await dialog.ask(Original((picture,)).draft(Work.BACKGROUND_REMOVAL))
        return
    draft = await dialog.usable(Original((picture,)).draft(work))
    if not draft.pictures:
        return
    if work is Work.IMAGE_EDIT and words and draft.has_hole:
        draft = draft.doing(Work.INPAINTING).marked_by(draft.pictures[0])
    # Forwarded words were not written to the bot.
    await dialog.place(draft, words, hold=message.forward_origin is not None)


async def add(_: Message, picture: Picture, dialog: OrderDialog) -> None:
    """Add a picture to the open card, or turn a card without pictures into one that starts from it."""
    draft = await Draft.of(dialog.state)
    if draft.is_video:
        draft = Draft(work=Work.IMAGE_EDIT)
    draft = Draft(work=draft.work) if draft.mask else draft
    work = WITH_PICTURE.get(draft.work, draft.work)
    joined = draft.doing(work).starting_from(*draft.pictures, picture)
    await dialog.ask(await dialog.limited(joined))
