"""Texts on budgets: what is left, and when they start again. Pure."""

from infra.i18n import Phrases
from infra.money import money, money_left
from worker.limits.ledger import DAY_SECONDS, end_of_day, end_of_month
from worker.limits.limits import Limit


def overrun_text(t: Phrases, budget: str, spent: float, allowed: float) -> str:
    """Say what was spent of a budget, and what is left."""
    return t(
        f"over-{budget}",
        spent=money(t, spent),
        allowed=money(t, allowed),
        left=money_left(t, allowed - spent),
    )


def restart_text(t: Phrases, budget: str, ordered_at: float, now: float) -> str | None:
    """Say when the budget of an order starts again; None if it has. Times are in seconds since the epoch."""
    end = end_of_month(ordered_at) if Limit(budget).is_monthly else end_of_day(ordered_at)
    left = end - now
    if left <= 0:
        return None
    if left >= 2 * DAY_SECONDS:
        return t("budget-restarts-days", days=int(left // DAY_SECONDS))
    minutes = max(1, round(left / 60))
    wait = t.plain("wait", hours=minutes // 60, minutes=minutes % 60)
    return t("budget-restarts", wait=wait)
