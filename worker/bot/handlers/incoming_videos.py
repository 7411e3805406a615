"""Incoming videos: the card asks what to do, and holds the words that came with one."""

from aiogram import F, Router
from aiogram.filters import or_f
from aiogram.types import Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.filters import AddressedToBot, Command, HasVideo, WithOrderDialog
from worker.bot.options.catalog import WITH_PICTURE
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.uploads.pictures import Original, caption_of, read_caption
from worker.model import Picture


def setup() -> Router:
    router = Router(name="videos")
    meant = or_f(AddressedToBot(), Command(*WITH_PICTURE))
    router.message.register(order, HasVideo(), ~F.media_group_id, meant, WithOrderDialog())
    return router


async def order(message: Message, video: Picture, dialog: OrderDialog) -> None:
    caption = caption_of(message)
    found = read_caption(caption)
    if found is None:
        await reply_to_asker(message, dialog.current_user.t("unknown-command"))
        return
    work, words = found
    # An order of an image; words without a command are about what happens next.
    if work is Work.IMAGE_EDIT and caption.startswith("/"):
        await reply_to_asker(message, dialog.current_user.t("answer-video"))
        return
    draft = await dialog.usable(Original((video,)).draft(Work.EXTEND_VIDEO))
    if draft.pictures:
        # A video may be continued or upscaled, so its caption starts nothing.
        await dialog.place(draft, words, hold=True)
