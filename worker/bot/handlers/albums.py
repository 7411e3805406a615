"""Several pictures at once: gathered until no more come, or until «that is all»; then they are like one."""

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update
from arq.connections import ArqRedis

from infra.fal.models import Work
from worker.bot.album import SILENCE, Album, take_up, was_taken_up
from worker.bot.callbacks import Cancel, Proceed
from worker.bot.draft import Draft
from worker.bot.filters import Addressed, BringsPicture, OfAlbum, OnOpenCard
from worker.bot.keyboards import button
from worker.bot.lines import Lines
from worker.bot.open_card import OpenCard, close_card, open_card
from worker.bot.pictures import read_caption
from worker.bot.preferences import Preferences
from worker.bot.states import Making
from worker.bot.visitor import Visitor
from worker.bot.words import own_words
from worker.jobs import Picture
from worker.postponed import PostponedUpdates


def setup() -> Router:
    router = Router(name="albums")
    router.message.register(take, BringsPicture(), OfAlbum())
    router.message.register(begin, BringsPicture(), F.media_group_id, Addressed())
    router.message.register(take_words, Making.album, F.text, ~F.text.startswith("/"), Addressed())
    router.callback_query.register(finish_now, Proceed.filter(), OnOpenCard(), Making.album)
    return router


async def begin(  # noqa: PLR0913, PLR0917 - what aiogram passes, each by its name
    message: Message,
    picture: Picture,
    state: FSMContext,
    visitor: Visitor,
    redis: ArqRedis,
    postponed: PostponedUpdates,
    event_update: Update,
) -> None:
    if await was_taken_up(redis, message):
        return
    await close_card(message, state)
    shown = await message.reply(visitor.say("album-gathering"), reply_markup=_keyboard(visitor))
    draft = Draft(work=Work.IMAGE_EDIT)
    await state.set_state(Making.album)
    await state.set_data(draft.model_dump(mode="json") | {"card": shown.message_id})
    album = Album(group=str(message.media_group_id))
    await take_up(redis, message)
    await _add(message, picture, album, state, postponed, event_update)


async def take(  # noqa: PLR0913, PLR0917 - what aiogram passes, each by its name
    message: Message,
    picture: Picture,
    album: Album,
    state: FSMContext,
    visitor: Visitor,
    lines: Lines,
    preferences: Preferences,
    postponed: PostponedUpdates,
    event_update: Update,
) -> None:
    """Another picture of the album; or the last one once more, which says that it is complete."""
    if message.message_id not in album.messages:
        await _add(message, picture, album, state, postponed, event_update)
    elif message.message_id == album.messages[-1]:
        await _finish(message, album, state, visitor, lines, preferences)


async def take_words(message: Message, state: FSMContext) -> None:
    """Words right behind an album are its caption."""
    data = await state.get_data()
    album = Album.model_validate(data["album"])
    changed = album.model_copy(update={"words": await own_words(message)})
    await state.update_data(album=changed.model_dump(mode="json"))


async def finish_now(  # noqa: PLR0913, PLR0917 - what aiogram passes, each by its name
    callback: CallbackQuery,
    card: OpenCard,
    state: FSMContext,
    visitor: Visitor,
    lines: Lines,
    preferences: Preferences,
) -> None:
    await callback.answer()
    album = Album.model_validate((await state.get_data())["album"])
    anchor = card.message.reply_to_message or card.message
    await _finish(anchor, album, state, visitor, lines, preferences)


async def _add(  # noqa: PLR0913, PLR0917 - a picture of an album on its way to two stores
    message: Message,
    picture: Picture,
    album: Album,
    state: FSMContext,
    postponed: PostponedUpdates,
    update: Update,
) -> None:
    draft = await Draft.of(state)
    joined = album.joined_by(message)
    await state.update_data(
        draft.starting_from(*draft.pictures, picture).model_dump(mode="json"),
        album=joined.model_dump(mode="json"),
    )
    body = update.model_dump_json(by_alias=True, exclude_unset=True).encode()
    await postponed.put_off(update.update_id, str(message.chat.id), body, SILENCE)


async def _finish(  # noqa: PLR0913, PLR0917 - whose album it is, and what becomes of it
    anchor: Message,
    album: Album,
    state: FSMContext,
    visitor: Visitor,
    lines: Lines,
    preferences: Preferences,
) -> None:
    """With words it starts at once, unless they are not understood; without them the card asks."""
    work, words = read_caption(album.words) or (Work.IMAGE_EDIT, "")
    draft = (await Draft.of(state)).doing(work).model_copy(update={"words": words})
    card = preferences.card(visitor, work, draft)
    if card.awaits != Making.prompt or not words:
        await open_card(anchor, state, card)
        return
    cause = f"album:{album.group}"
    if not await lines.place(visitor, draft, words, anchor, state, cause):
        await open_card(anchor, state, card)


def _keyboard(visitor: Visitor) -> InlineKeyboardMarkup:
    owner, say = visitor.person.id, visitor.say
    ready = button(say.plain("button-gathered"), Proceed(owner=owner).pack())
    cancel = button(say.plain("button-cancel"), Cancel(owner=owner).pack())
    return InlineKeyboardMarkup(inline_keyboard=[[ready], [cancel]])
