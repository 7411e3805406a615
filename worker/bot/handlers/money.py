"""/money: what the user has spent, and what is left of the budgets."""

from aiogram import F, Router
from aiogram.types import Message

from infra.fal.model import Work
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import Command
from worker.bot.services.admin_service import Administration
from worker.bot.services.job_requests import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.views.money_card import Prices, Sums, money_text
from worker.bot.views.money_format import price
from worker.limits.ledger import Ledger, Usage


def setup() -> Router:
    router = Router(name="money")
    router.message.register(show, F.text, Command("money"))
    return router


async def show(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    message: Message,
    current_user: CurrentUser,
    ledger: Ledger,
    administration: Administration,
    preferences: Preferences,
    orders: Orders,
) -> None:
    user = current_user.user
    today, month = await ledger.read(), await ledger.read_month()
    limits = await administration.limits.get()
    own = Sums(
        today.users.get(user.id, Usage()).dollars,
        month.users.get(user.id, Usage()).dollars,
        limits.user_daily_budget,
    )
    team = Sums(today.total.dollars, month.total.dollars, limits.team_daily_budget)
    prices = []
    for work in (Work.IMAGE, Work.VIDEO):
        options = preferences.settled(user, Draft(work=work))
        prices.append(price(preferences.catalog.model(work, options), options))
    for_admin = orders.is_admin(current_user)
    await message.reply(money_text(current_user.t, own, team, Prices(*prices), for_admin=for_admin))
