"""/image, /video and the two buttons of the keyboard: start with words, or ask for them.

In reply to a picture they start from that picture.
"""

from functools import partial

from aiogram import F, Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message

from infra.fal.model import Work
from infra.i18n import Texts
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, Command, RepliesTo, WithOrderDialog
from worker.bot.handlers.answering import explain
from worker.bot.options.catalog import FROM_WORDS, WITH_PICTURE
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.uploads.pictures import NotUsable, Original, Originals
from worker.bot.views.keyboards import main_labels


def setup(texts: Texts) -> Router:
    router = Router(name="making")
    router.message.filter(F.text, WithOrderDialog())
    router.message.register(decline, Command(Work.IMAGE), RepliesTo(Original), AboutVideo())
    for work in FROM_WORDS:
        router.message.register(explain, Command(work), RepliesTo(NotUsable))
        router.message.register(partial(make, work=work), Command(work, magic=F.args))
        router.message.register(partial(ask, work=work), Command(work))
        labels = main_labels(texts, work)
        router.message.register(partial(ask, work=work), F.text.in_(labels), AddressedToBot())
    return router


class AboutVideo(Filter):
    """The replied message is about a video."""

    async def __call__(self, _: Message, answered: Original) -> bool:
        return answered.is_video


async def decline(message: Message, dialog: OrderDialog) -> None:
    await reply_to_asker(message, dialog.current_user.t("answer-video"))


async def make(
    message: Message,
    command: CommandObject,
    dialog: OrderDialog,
    originals: Originals,
    *,
    work: Work,
) -> None:
    # A forwarded command was not given to the bot.
    hold = message.forward_origin is not None
    await dialog.place(await _draft(message, originals, work), command.args or "", hold=hold)


async def ask(message: Message, dialog: OrderDialog, originals: Originals, *, work: Work) -> None:
    await dialog.ask(await _draft(message, originals, work))


async def _draft(message: Message, originals: Originals, work: Work) -> Draft:
    match await originals.answered(message):
        case Original() as original:
            return original.draft(WITH_PICTURE[work])
        case _:
            return Draft(work=work)
