"""Albums: gather pictures until no more arrive or the user presses the button, then order with all of them."""

from dataclasses import replace
from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.filters import Filter, StateFilter, and_f, or_f
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update

from infra.fal.model import Work
from infra.i18n import Texts
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.callback_data import (
    Action,
    Cancel,
    CreateFrom,
    OnPreset,
    OnResult,
    PresetAction,
    Proceed,
)
from worker.bot.debounce import Debounce
from worker.bot.draft import Draft
from worker.bot.filters import (
    AddressedToBot,
    AlbumIsKnown,
    Command,
    HasImage,
    InAlbum,
    ModelIsGone,
    OnJob,
    OnOpenCard,
    WithOrderDialog,
    answers_bot,
)
from worker.bot.group_privacy import hears_everything
from worker.bot.mention import fingerprint, own_words
from worker.bot.options.catalog import FROM_WORDS, WITH_PICTURE
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.services.settings_dialog import close_card
from worker.bot.states import Making
from worker.bot.uploads.album import Album, Albums, answered_id, is_second_look
from worker.bot.uploads.mask_detection import marks
from worker.bot.uploads.pictures import Original, Originals, read_caption
from worker.bot.views.keyboards import button, main_labels
from worker.model import Picture

_PICTURE_AND_MASK = 2


class SecondAttempt(Filter):
    """A message that is delivered for the second time."""

    async def __call__(self, _: Message, event_update: Update) -> bool:
        return is_second_look(event_update)


def setup(texts: Texts) -> Router:
    router = Router(name="albums")
    router.message.filter(WithOrderDialog())
    router.message.register(take, HasImage(), InAlbum())
    router.message.register(pass_over, SecondAttempt())
    meant = or_f(AddressedToBot(), Command(*WITH_PICTURE), AlbumIsKnown())
    labels = frozenset[str]().union(*(main_labels(texts, work) for work in FROM_WORDS))
    words = (F.text, ~F.text.startswith("/"), ~F.text.in_(labels), AddressedToBot())
    router.message.register(take_words, Making.album, *words)
    is_order = and_f(or_f(HasImage(), F.text.in_(labels)), meant)
    replaces_card = Command(*FROM_WORDS, "settings", "presets", "start")
    router.message.register(finish_before, Making.album, or_f(is_order, replaces_card))
    # A card that waits for a mask or a last frame takes the first image of an album.
    is_no_mask = ~StateFilter(Making.mask, Making.frame)
    router.message.register(begin, HasImage(), F.media_group_id, meant, is_no_mask)
    router.callback_query.filter(Making.album, WithOrderDialog())
    router.callback_query.middleware(Debounce())
    router.callback_query.register(finish_now, Proceed.filter(), OnOpenCard())
    for pressed in (
        CreateFrom.filter(),
        OnPreset.filter(F.action.in_({PresetAction.APPLY, PresetAction.RENAME})),
        OnResult.filter(F.action.in_({Action.EDIT_PROMPT, Action.ANIMATE})),
    ):
        router.callback_query.register(finish_before_press, pressed)
    # It opens a card with another model instead of starting at once.
    repeated = OnResult.filter(F.action.in_({Action.AGAIN, Action.NEW_SEED}))
    router.callback_query.register(finish_before_press, repeated, OnJob(), ModelIsGone())
    return router


async def begin(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    message: Message,
    picture: Picture,
    dialog: OrderDialog,
    albums: Albums,
    originals: Originals,
    event_update: Update,
) -> None:
    """Begin an album; in reply to an image, that one comes first."""
    if not await albums.take_up(event_update, message):
        if await albums.is_late(event_update, message):
            await _take_late(message, picture, dialog, albums, event_update)
        return
    await close_card(message, dialog.state)
    owner, t = dialog.current_user.user.id, dialog.current_user.t
    ready = button(t.plain("button-gathered"), Proceed(owner=owner).pack(), "primary")
    cancel = button(t.plain("button-cancel"), Cancel(owner=owner).pack(), "danger")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[ready], [cancel]])
    shown = await message.reply(t("album-gathering"), reply_markup=keyboard)
    match await originals.answered(message):
        case Original(pictures=(_,), is_video=False) as original:
            draft = original.draft(Work.IMAGE_EDIT)
        case _:
            draft = Draft(work=Work.IMAGE_EDIT)
    album = Album(group=str(message.media_group_id), answers=answered_id(message))
    await dialog.state.set_state(Making.album)
    await dialog.state.set_data(_stored(draft, album) | {"card": shown.message_id})
    await _add(picture, album, dialog, albums, event_update)


async def take(
    message: Message, picture: Picture, dialog: OrderDialog, albums: Albums, event_update: Update
) -> None:
    """Add a picture to the album; the second delivery of the last picture completes it."""
    album = await Album.of(dialog.state)
    if album is None:
        return
    if is_second_look(event_update):
        if message.message_id == album.messages[-1]:
            await _finish(album, dialog, albums)
    elif message.message_id not in album.messages:
        if message.media_group_id:
            # Later messages of this other album are late.
            await albums.take_up(event_update, message)
        await _add(picture, album, dialog, albums, event_update)


async def pass_over(_: Message) -> None:
    """Ignore a second delivery if its album is already finished."""


async def finish_before(message: Message, dialog: OrderDialog, albums: Albums) -> None:
    """Finish the album before another order replaces its card."""
    if album := await Album.of(dialog.state):
        last = {"message_id": album.messages[-1], "text": None, "caption": None}
        await _finish(album, replace(dialog, reply_to=message.model_copy(update=last)), albums)
    raise SkipHandler


async def finish_before_press(callback: CallbackQuery, dialog: OrderDialog, albums: Albums) -> None:
    """Finish the album before the order of a button replaces its card."""
    if isinstance(callback.message, Message):
        await finish_before(callback.message, dialog, albums)
    raise SkipHandler


async def take_words(message: Message, dialog: OrderDialog, albums: Albums) -> None:
    """Take words right after an album as its caption, unless they reply to another message."""
    album = await Album.of(dialog.state)
    # An update that is repeated after a crash finds its words known.
    if album and message.message_id not in album.captions:
        answered, card = answered_id(message), (await dialog.state.get_data()).get("card")
        if answered and answered not in {*album.messages, card}:
            await finish_before(message, dialog, albums)
        words = f"{album.words}\n{await own_words(message)}".strip()
        captions = album.captions | {message.message_id: fingerprint(message)}
        changes = {
            "words": words,
            "captions": captions,
            "is_forwarded": album.is_forwarded or message.forward_origin is not None,
        }
        with_words = album.model_copy(update=changes)
        await dialog.state.update_data(album=with_words.model_dump(mode="json"))


async def finish_now(callback: CallbackQuery, dialog: OrderDialog, albums: Albums) -> None:
    await callback.answer()
    if album := await Album.of(dialog.state):
        await _finish(album, dialog, albums)


async def _add(
    picture: Picture, album: Album, dialog: OrderDialog, albums: Albums, update: Update
) -> None:
    # In this order, an update that is retried after a crash finds its picture unknown and adds it.
    await albums.look_again(update, dialog.reply_to)
    draft = await Draft.of(dialog.state)
    joined = draft.starting_from(*draft.pictures, picture)
    await dialog.state.update_data(_stored(joined, album.joined_by(dialog.reply_to)))


def _stored(draft: Draft, album: Album) -> dict[str, Any]:
    return draft.model_dump(mode="json") | {"album": album.model_dump(mode="json")}


async def _finish(album: Album, dialog: OrderDialog, albums: Albums) -> None:
    """Start the order if its words are understood and all of its messages are usable; else open the card."""
    if await _came_in_part(album, dialog.reply_to):
        await close_card(dialog.reply_to, dialog.state)
        await dialog.reply_to.reply(dialog.current_user.t("album-in-part"))
        return
    work, words = read_caption(album.words) or (Work.IMAGE_EDIT, "")
    gathered = await Draft.of(dialog.state)
    usable = await dialog.usable(gathered)
    if not usable.pictures:
        await close_card(dialog.reply_to, dialog.state)
        return
    origin = {"of_album": album.group, "captions": album.captions}
    draft = await dialog.limited(usable.doing(work).model_copy(update=origin))
    lacks_some = len(draft.pictures) < len(gathered.pictures)
    if words:
        draft = await _marked(draft, album, dialog)
    hold = (
        lacks_some
        or album.is_forwarded
        or album.mixes_captions
        or await albums.lacks_some(dialog.reply_to.chat.id, album.groups)
    )
    if not words or not await dialog.place(draft, words, f"album:{album.group}", hold=hold):
        await dialog.ask(draft)


async def _take_late(
    message: Message, picture: Picture, dialog: OrderDialog, albums: Albums, update: Update
) -> None:
    """Add a late picture to the open card of its album; if there is none, say that it came too late."""
    data = await dialog.state.get_data()
    if data.get("card") and data.get("of_album") == message.media_group_id:
        draft = Draft.model_validate(data)
        if message.message_id in draft.captions:
            return  # a repeated update
        captions = draft.captions | {message.message_id: fingerprint(message)}
        joined = draft.starting_from(*draft.pictures, picture)
        joined = await dialog.limited(joined.model_copy(update={"captions": captions}))
        _, words = read_caption(message.caption or "") or (None, "")
        # A late message starts nothing: the card waits for a press.
        is_new = words and words not in draft.words.split("\n")
        text = f"{draft.words}\n{words}".strip()
        if not is_new or not await dialog.place(joined, text, hold=True):
            await dialog.ask(joined)
    elif await albums.is_first_late(update, message):
        await reply_to_asker(message, dialog.current_user.t("album-late"))


async def _came_in_part(album: Album, message: Message) -> bool:
    """Tell whether Telegram may have delivered only the picture with the command: it does so in groups."""
    bot, in_group = message.bot, message.chat.type != ChatType.PRIVATE
    if bot is None or len(album.messages) > 1 or not in_group or answers_bot(message, bot):
        return False
    return not await hears_everything(bot, message.chat.id)


async def _marked(draft: Draft, album: Album, dialog: OrderDialog) -> Draft:
    """Use the second of two files as a mask of the first, if it has a transparent area."""
    if draft.work is not Work.IMAGE_EDIT or len(draft.pictures) != _PICTURE_AND_MASK:
        return draft
    picture, mask = draft.pictures
    if not picture.file_id or not mask.file_id or mask.file_id != album.may_mark:
        return draft
    if not await marks(dialog.reply_to.bot, mask.file_id, picture.file_id):
        return draft
    return draft.doing(Work.INPAINTING).starting_from(picture).marked_by(mask)
