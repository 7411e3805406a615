"""/admin: who has used what, how all stands, limits, people and the pause; one message that edits itself."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message

from infra.money import money
from worker.bot.callback_data import LONGEST_ID, Administer, Deed, Instruct, Section
from worker.bot.current_user import Visitor
from worker.bot.filters import ByAdmin, Command
from worker.bot.services.admin_dialog import Panel
from worker.bot.states import Administering
from worker.limits.limits import LARGEST, Limit


def setup() -> Router:
    router = Router(name="admin")
    router.message.filter(F.text, ByAdmin())
    router.callback_query.filter(ByAdmin())
    private = F.chat.type == ChatType.PRIVATE
    router.message.register(begin, private, Command("admin"))
    router.message.register(point_to_private, Command("admin"))
    words = private & ~F.text.startswith("/")
    router.message.register(take_limit, words, Administering.limit)
    router.message.register(take_member, words, Administering.member)
    router.message.register(take_pause, words, Administering.pause)
    router.callback_query.register(open_section, Administer.filter())
    router.callback_query.register(set_limit, Instruct.filter(F.deed == Deed.SET))
    router.callback_query.register(allow, Instruct.filter(F.deed == Deed.ALLOW))
    router.callback_query.register(forbid, Instruct.filter(F.deed == Deed.FORBID))
    router.callback_query.register(pause, Instruct.filter(F.deed == Deed.PAUSE))
    router.callback_query.register(resume, Instruct.filter(F.deed == Deed.RESUME))
    return router


async def begin(_: Message, panel: Panel) -> None:
    await panel.send(Section.TODAY)


async def point_to_private(message: Message, visitor: Visitor) -> None:
    """Names and money are nothing for a group."""
    await message.reply(visitor.say("admin-in-private"))


async def open_section(callback: CallbackQuery, callback_data: Administer, panel: Panel) -> None:
    await callback.answer()
    await panel.edit(callback_data.section, callback_data.about)


async def set_limit(callback: CallbackQuery, callback_data: Instruct, panel: Panel) -> None:
    limit, value = callback_data.limit()
    await callback.answer(panel.visitor.say.plain("limit-set"))
    await panel.administration.limits.set(limit, value)
    await panel.edit(Section.LIMIT, limit)


async def allow(callback: CallbackQuery, callback_data: Instruct, panel: Panel) -> None:
    await callback.answer(panel.visitor.say.plain("person-allowed"))
    await panel.administration.access.allow(int(callback_data.about))
    await panel.edit(Section.PERSON, callback_data.about)


async def forbid(callback: CallbackQuery, callback_data: Instruct, panel: Panel) -> None:
    gone = await panel.administration.access.forbid(int(callback_data.about))
    said = "person-forbidden" if gone else "person-still-allowed"
    await callback.answer(panel.visitor.say.plain(said), show_alert=not gone)
    await panel.edit(Section.PERSON, callback_data.about)


async def pause(callback: CallbackQuery, panel: Panel) -> None:
    await callback.answer(panel.visitor.say.plain("pause-begun"))
    await panel.administration.limits.pause("")
    await panel.edit(Section.TODAY)


async def resume(callback: CallbackQuery, panel: Panel) -> None:
    await callback.answer(panel.visitor.say.plain("pause-over"))
    await panel.administration.limits.resume()
    await panel.edit(Section.TODAY)


async def take_limit(message: Message, panel: Panel) -> None:
    limit = Limit(await panel.about())
    value = limit.read_amount(message.text or "")
    if value is None:
        example = money(panel.visitor.say, 2.5) if limit.is_money else "3"
        wrong = panel.visitor.say("admin-limit-wrong", limit=LARGEST, example=example)
        await message.reply(wrong)
        return
    await panel.administration.limits.set(limit, value)
    await panel.send(Section.LIMIT, limit.value)


async def take_member(message: Message, panel: Panel) -> None:
    text = (message.text or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        await message.reply(panel.visitor.say("admin-people-wrong"))
        return
    await panel.administration.access.allow(int(text))
    await panel.send(Section.PERSON, text)


async def take_pause(message: Message, panel: Panel) -> None:
    await panel.administration.limits.pause((message.text or "").strip())
    await panel.send(Section.TODAY)
