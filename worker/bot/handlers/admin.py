"""/admin: usage, state, limits, users and the pause, in one message that edits itself."""

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Message

from infra.money import money
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.admin_callback_data import AdminAction, Administer, RunCommand, Section, is_id
from worker.bot.current_user import CurrentUser
from worker.bot.filters import ByAdmin, Command
from worker.bot.services.admin_dialog import AdminDialog
from worker.bot.states import Administering
from worker.limits.limits import LARGEST, Limit
from worker.users.roles import Role

_ROLES = {AdminAction.MAKE_GUEST: Role.GUEST, AdminAction.MAKE_MEMBER: Role.MEMBER}


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
    router.callback_query.register(set_limit, RunCommand.filter(F.action == AdminAction.SET))
    router.callback_query.register(allow, RunCommand.filter(F.action == AdminAction.ALLOW))
    router.callback_query.register(forbid, RunCommand.filter(F.action == AdminAction.FORBID))
    router.callback_query.register(set_role, RunCommand.filter(F.action.in_(_ROLES)))
    router.callback_query.register(pause, RunCommand.filter(F.action == AdminAction.PAUSE))
    router.callback_query.register(resume, RunCommand.filter(F.action == AdminAction.RESUME))
    return router


async def begin(_: Message, admin_dialog: AdminDialog) -> None:
    await admin_dialog.send(Section.TODAY)


async def point_to_private(message: Message, current_user: CurrentUser) -> None:
    """Refer to the private chat, because the card has names and prices."""
    await reply_to_asker(message, current_user.t("admin-in-private"))


async def open_section(
    callback: CallbackQuery, callback_data: Administer, admin_dialog: AdminDialog
) -> None:
    await callback.answer()
    await admin_dialog.edit(callback_data.section, callback_data.about)


async def set_limit(
    callback: CallbackQuery, callback_data: RunCommand, admin_dialog: AdminDialog
) -> None:
    limit, value = callback_data.limit()
    await callback.answer(admin_dialog.current_user.t.plain("limit-set"))
    await admin_dialog.administration.limits.set(limit, value)
    await admin_dialog.edit(Section.LIMIT, limit)


async def allow(
    callback: CallbackQuery, callback_data: RunCommand, admin_dialog: AdminDialog
) -> None:
    await callback.answer(admin_dialog.current_user.t.plain("user-allowed"))
    await admin_dialog.administration.access.allow(int(callback_data.about))
    await admin_dialog.edit(Section.USER, callback_data.about)


async def forbid(
    callback: CallbackQuery, callback_data: RunCommand, admin_dialog: AdminDialog
) -> None:
    gone = await admin_dialog.administration.access.forbid(int(callback_data.about))
    said = "user-forbidden" if gone else "user-still-allowed"
    await callback.answer(admin_dialog.current_user.t.plain(said), show_alert=not gone)
    await admin_dialog.edit(Section.USER, callback_data.about)


async def set_role(
    callback: CallbackQuery, callback_data: RunCommand, admin_dialog: AdminDialog
) -> None:
    user_id, role = int(callback_data.about), _ROLES[callback_data.action]
    # An old card may still offer it for a user who is an admin now.
    if user_id not in admin_dialog.administration.access.admins:
        await admin_dialog.administration.users.set_role(user_id, role)
    await callback.answer(admin_dialog.current_user.t.plain(f"role-set-{role}"))
    await admin_dialog.edit(Section.USER, callback_data.about)


async def pause(callback: CallbackQuery, admin_dialog: AdminDialog) -> None:
    await callback.answer(admin_dialog.current_user.t.plain("pause-begun"))
    await admin_dialog.administration.limits.pause("")
    await admin_dialog.edit(Section.TODAY)


async def resume(callback: CallbackQuery, admin_dialog: AdminDialog) -> None:
    await callback.answer(admin_dialog.current_user.t.plain("pause-over"))
    await admin_dialog.administration.limits.resume()
    await admin_dialog.edit(Section.TODAY)


async def take_limit(message: Message, admin_dialog: AdminDialog) -> None:
    limit = Limit(await admin_dialog.about())
    value = limit.read_amount(message.text or "")
    if value is None:
        example = money(admin_dialog.current_user.t, 2.5) if limit.is_money else "3"
        wrong = admin_dialog.current_user.t("admin-limit-wrong", limit=LARGEST, example=example)
        await message.reply(wrong)
        return
    await admin_dialog.administration.limits.set(limit, value)
    await admin_dialog.send(Section.LIMIT, limit.value)


async def take_member(message: Message, admin_dialog: AdminDialog) -> None:
    text = (message.text or "").strip()
    if not is_id(text):
        await message.reply(admin_dialog.current_user.t("admin-users-wrong"))
        return
    await admin_dialog.administration.access.allow(int(text))
    await admin_dialog.send(Section.USER, text)


async def take_pause(message: Message, admin_dialog: AdminDialog) -> None:
    await admin_dialog.administration.limits.pause((message.text or "").strip())
    await admin_dialog.send(Section.TODAY)
