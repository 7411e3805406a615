"""/money: what the user has spent, and what is left of the budgets."""

from aiogram import F, Router
from aiogram.types import Message

from infra.fal.model import Work
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import Command
from worker.bot.services.admin_service import Administration
from worker.bot.services.preferences import Preferences
from worker.bot.views.money_card import Budget, Finances, Prices, Spent, money_text
from worker.bot.views.money_format import price
from worker.limits.ledger import Ledger, Usage
from worker.limits.limits import OF_GUESTS, OF_THE_TEAM, Limit
from worker.users.roles import Role, role_of


def setup() -> Router:
    router = Router(name="money")
    router.message.register(show, F.text, Command("money"))
    return router


async def show(
    message: Message,
    current_user: CurrentUser,
    ledger: Ledger,
    administration: Administration,
    preferences: Preferences,
) -> None:
    user = current_user.user
    days, months = await ledger.read(), await ledger.read_month()
    own = _spent(days.users.get(user.id, Usage()), months.users.get(user.id, Usage()))
    team = _spent(days.total, months.total)
    limits, role = await administration.limits.get(), role_of(user, administration.access.admins)
    budgets = [
        Budget(limit, spent.month if limit.is_monthly else spent.today, limits[limit])
        for limit in Limit
        if limit.is_money
        and limits[limit]
        and (role is Role.GUEST or limit not in OF_GUESTS)
        and (spent := team if limit in OF_THE_TEAM else own)
    ]
    prices = []
    for work in (Work.IMAGE, Work.VIDEO):
        options = preferences.settled(user, Draft(work=work))
        model = preferences.catalog.model(work, options)
        prices.append(price(model, options, unknown=preferences.catalog.unknown_price))
    seen = team if role is Role.ADMIN else None
    helper = months.helper_by_user.get(user.id, 0)
    finances = Finances(own, seen, budgets, Prices(*prices), helper)
    await reply_to_asker(message, money_text(current_user.t, finances, ledger.clock()))


def _spent(today: Usage, month: Usage) -> Spent:
    return Spent(today.dollars, month.dollars)
