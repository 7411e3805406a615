"""Questions of the buttons under a result: which picture of an album, details, more actions, and the way back."""

from dataclasses import replace

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery

from worker.bot.callback_data import Action, OnResult, PickResult
from worker.bot.current_user import CurrentUser
from worker.bot.filters import OnJob
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.job_message import JobMessage
from worker.bot.truncate import excerpt, plain_text
from worker.bot.views.result_buttons import RARE_WORKS, WITH_ONE_PICTURE
from worker.bot.views.result_caption import details
from worker.bot.views.result_keyboard import more_keyboard
from worker.bot.views.result_questions import ask_picture_keyboard
from worker.bot.views.set_card import pick_again
from worker.jobs.message_index import MessageIndex, ResultRef

# https://core.telegram.org/bots/api#answercallbackquery
LONGEST_ANSWER = 200


def setup() -> Router:
    """Return the router; it must come after those that take a known picture."""
    router = Router(name="results")
    undecided = OnResult.filter(F.action.in_(WITH_ONE_PICTURE) & F.picture.is_(None))
    router.callback_query.register(ask_picture, undecided, OnJob())
    more = OnResult.filter(F.action == Action.MORE)
    router.callback_query.register(show_more, more, OnJob(for_admins=True))
    router.callback_query.register(
        show_details, OnResult.filter(F.action == Action.DETAILS), OnJob()
    )
    router.callback_query.register(
        hide_details, OnResult.filter(F.action == Action.HIDE_DETAILS), OnJob()
    )
    back = OnResult.filter(F.action == Action.BACK)
    router.callback_query.register(go_back, back, OnJob(for_admins=True))
    router.callback_query.register(pick, PickResult.filter(), OnJob())
    return router


async def ask_picture(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    current_user: CurrentUser,
    catalog: OptionCatalog,
) -> None:
    action = callback_data.action
    is_start = action in {*RARE_WORKS, Action.IMAGE_EDIT, Action.EDIT_WITH_FIRST}
    key = "ask-which-start" if is_start else f"ask-which-{action}"
    await callback.answer(current_user.t.plain(key))
    keyboard = ask_picture_keyboard(job_message.t, catalog, job_message.job, action)
    await job_message.ask(job_message.t(key), keyboard)


async def show_more(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    catalog: OptionCatalog,
    bot: Bot,
) -> None:
    await callback.answer()
    job, picture = job_message.job, callback_data.picture
    # Only the owner finds the result by an inline query.
    is_own = job.request.user_id == callback.from_user.id
    can_share = is_own and bool((await bot.me()).supports_inline_queries)
    keyboard = more_keyboard(job_message.t, catalog, job, picture, can_share=can_share)
    await job_message.show(keyboard)


async def show_details(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    catalog: OptionCatalog,
) -> None:
    """Show model, options, seed and id below the caption; in an alert if an older caption has no room."""
    if await job_message.show_details(catalog, callback_data.picture):
        await callback.answer()
    else:
        text = plain_text(details(job_message.t, job_message.job).strip())
        await callback.answer(excerpt(text, LONGEST_ANSWER), show_alert=True)


async def hide_details(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    catalog: OptionCatalog,
) -> None:
    await callback.answer()
    await job_message.hide_details(catalog, callback_data.picture)


async def go_back(
    callback: CallbackQuery,
    callback_data: OnResult,
    job_message: JobMessage,
    catalog: OptionCatalog,
) -> None:
    await callback.answer()
    await job_message.show_main(catalog, callback_data.picture)


async def pick(
    callback: CallbackQuery,
    job_message: JobMessage,
    catalog: OptionCatalog,
    messages: MessageIndex,
) -> None:
    """Show the actions on another job of a set, which a reply to the message means from now on."""
    await callback.answer()
    message = job_message.message
    await messages.remember(message, ResultRef(job_message.job.id))
    keyboard = pick_again(message.reply_markup, callback.data or "")
    shown = replace(job_message, message=message.model_copy(update={"reply_markup": keyboard}))
    await shown.hide_details(catalog, None)
