"""Filters of the handlers."""

import functools
from typing import Any

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.filters import Command as ExactCommand
from aiogram.filters import CommandObject, Filter, or_f
from aiogram.filters.command import CommandException
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from magic_filter import MagicFilter

from infra.i18n import Texts
from worker.bot.blank_text import split_command
from worker.bot.button_rights import belongs_to_another, is_for_admins, is_for_groups
from worker.bot.callback_data import FOR_GROUPS, Branch, Crop, OnResult, OpenStep, PickResult
from worker.bot.commands import COMMANDS
from worker.bot.current_user import CurrentUser
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.admin_dialog import AdminDialog
from worker.bot.services.admin_service import Administration
from worker.bot.services.helper_dialog import HelperDialog
from worker.bot.services.job_message import JobMessage, ResultImage
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.settings_dialog import OpenCard
from worker.bot.uploads.album import Album, Albums
from worker.bot.uploads.pictures import NotUsable, Original, Originals, picture_of, video_of
from worker.model import Job, Kind, Picture


class Command(ExactCommand):
    """A command in any case: phones capitalise the first letter. Any character that nobody sees ends it."""

    def __init__(self, *commands: str, magic: MagicFilter | None = None) -> None:
        super().__init__(*commands, ignore_case=True, magic=magic)

    @classmethod
    def extract_command(cls, text: str) -> CommandObject:
        # Some twenty filters ask about each message.
        if "/" not in text:
            raise CommandException("no command")
        return super().extract_command(_command_line(text))


@functools.lru_cache(32)
def _command_line(text: str) -> str:
    return " ".join(split_command(text))


class AddressedToBot(Filter):
    """A message for the bot: any in a private chat; in a group a reply to the bot or a mention of it.

    An ephemeral message, whose id is negative, has no other reader.
    """

    async def __call__(self, message: Message, bot: Bot) -> bool:
        if message.chat.type == ChatType.PRIVATE or message.message_id < 0:
            return True
        if answers_bot(message, bot):
            return True
        me = await bot.me()
        words = message.text or message.caption or ""
        return f"@{me.username}".lower() in words.lower()


#: What addresses the bot in a group: a mention, a reply, or one of its commands.
MEANS_BOT = or_f(AddressedToBot(), Command(*COMMANDS))


def answers_bot(message: Message, bot: Bot) -> bool:
    answered = message.reply_to_message
    return bool(answered and answered.from_user and answered.from_user.id == bot.id)


class HasImage(Filter):
    """A photo or an image file that we can use; passes it on as `picture`."""

    async def __call__(self, message: Message) -> bool | dict[str, Picture]:
        found = picture_of(message)
        return {"picture": found} if isinstance(found, Picture) else False


class HasVideo(Filter):
    """A video or a video file that we can use; passes it on as `video`."""

    async def __call__(self, message: Message) -> bool | dict[str, Picture]:
        found = video_of(message)
        return {"video": found} if isinstance(found, Picture) else False


class AlbumIsKnown(Filter):
    """A message of an album that the bot has already reacted to; it need not mention the bot itself."""

    async def __call__(self, message: Message, albums: Albums) -> bool:
        return await albums.is_known(message)


class InAlbum(Filter):
    """A message of the album that is being gathered."""

    async def __call__(self, message: Message, state: FSMContext) -> bool:
        album = await Album.of(state)
        return album is not None and album.is_joined_by(message)


class RepliesTo(Filter):
    """A reply to a message about something of this type; passes it on as `answered`."""

    def __init__(self, sort: type[Original | NotUsable | Job]) -> None:
        self._sort = sort

    async def __call__(self, message: Message, originals: Originals) -> bool | dict[str, Any]:
        found = await originals.answered(message)
        return {"answered": found} if isinstance(found, self._sort) else False


class ByAdmin(Filter):
    """An update from an admin; passes on their card as `admin_dialog`."""

    async def __call__(
        self,
        event: Message | CallbackQuery,
        state: FSMContext,
        current_user: CurrentUser,
        administration: Administration,
    ) -> bool | dict[str, AdminDialog]:
        message = event.message if isinstance(event, CallbackQuery) else event
        is_admin = current_user.user.id in administration.access.admins
        if not is_admin or not isinstance(message, Message):
            return False
        return {"admin_dialog": AdminDialog(message, state, current_user, administration)}


class WithOrderDialog(Filter):
    """Passes on the conversation as `dialog`; that of a button is about the message that its card replies to."""

    async def __call__(
        self,
        event: Message | CallbackQuery,
        state: FSMContext,
        current_user: CurrentUser,
        orders: Orders,
        preferences: Preferences,
    ) -> bool | dict[str, OrderDialog]:
        message = event.message if isinstance(event, CallbackQuery) else event
        if not isinstance(message, Message):
            return False
        is_button = isinstance(event, CallbackQuery)
        reply_to = (message.reply_to_message if is_button else None) or message
        return {"dialog": OrderDialog(reply_to, state, current_user, orders, preferences)}


class NotOwner(Filter):
    """A button of another user's card, unless it is for admins or for everybody in a group, and the presser is one."""

    async def __call__(
        self, callback: CallbackQuery, current_user: CurrentUser, orders: Orders
    ) -> bool:
        data = callback.data or ""
        if not belongs_to_another(data, callback.from_user.id):
            return False
        message = callback.message
        if message and message.chat.type != ChatType.PRIVATE and is_for_groups(data):
            return False
        return not (orders.is_admin(current_user) and is_for_admins(data))


class OnOpenCard(Filter):
    """A button of the card that is open now; passes the card on as `card`. Buttons of older cards are stale."""

    async def __call__(
        self, callback: CallbackQuery, state: FSMContext
    ) -> bool | dict[str, OpenCard]:
        message = callback.message
        if not isinstance(message, Message):
            return False
        card = OpenCard.of(message, state, await state.get_data())
        return {"card": card} if card else False


class OnMessage(Filter):
    """A button whose message is still accessible; passes the message on as `card`."""

    async def __call__(self, callback: CallbackQuery) -> bool | dict[str, Message]:
        message = callback.message
        return {"card": message} if isinstance(message, Message) else False


class OnJob(Filter):
    """A button under a stored job of the user, or of anybody for admins; passes on the job with its message.

    In a group everybody may go on from the results of the group.
    """

    def __init__(self, *, for_admins: bool = False) -> None:
        self._for_admins = for_admins

    async def __call__(
        self,
        callback: CallbackQuery,
        callback_data: OnResult | PickResult | Crop | OpenStep | Branch,
        current_user: CurrentUser,
        orders: Orders,
        texts: Texts,
    ) -> bool | dict[str, JobMessage]:
        message = callback.message
        if not isinstance(message, Message):
            return False
        find = orders.find if self._for_admins else orders.find_own
        job = await find(current_user, callback_data.job_id)
        is_open = not isinstance(callback_data, OnResult) or callback_data.action in FOR_GROUPS
        if job is None and is_open:
            job = await orders.find_here(current_user, message.chat.id, callback_data.job_id)
        if job is None:
            return False
        t = current_user.t
        if job.request.user_id != current_user.user.id:
            t = texts.speaking(job.request.language)
            # What they order replies to the result: the author's own message is nothing to them.
            message = message.model_copy(update={"reply_to_message": None})
        return {"job_message": JobMessage(message, job, t)}


class HelperIsOn(Filter):
    """The prompt helper has a language model; it may have been switched off since the button was sent."""

    async def __call__(self, _: CallbackQuery, helper_dialog: HelperDialog | None) -> bool:
        return helper_dialog is not None


class ModelIsGone(Filter):
    """A button under a job whose model is no longer in the catalogue, or that the user may not order with any more."""

    async def __call__(
        self, _: CallbackQuery, job_message: JobMessage, catalog: OptionCatalog
    ) -> bool:
        return not catalog.admits(job_message.job.request.model)


class OnPicture(Filter):
    """A button about one result of a job, the only one or a chosen one; passes it on as `picture`."""

    def __init__(self, kind: Kind = Kind.IMAGE) -> None:
        self._kind = kind

    async def __call__(
        self,
        _: CallbackQuery,
        callback_data: OnResult | Crop,
        job_message: JobMessage,
    ) -> bool | dict[str, ResultImage]:
        number = callback_data.picture
        if number is None and len(job_message.job.files) == 1:
            number = 0
        job = job_message.job
        is_of_kind = job.request.kind is self._kind and number in range(len(job.files))
        if number is None or not is_of_kind:
            return False
        return {"picture": ResultImage(job_message.message, job_message.job, job_message.t, number)}
