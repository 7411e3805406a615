"""The answer to /money. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from infra.i18n import Phrases
from infra.money import MICRO, money, money_left
from worker.bot.views.budget_text import restart_text
from worker.limits.limits import OF_THE_TEAM, Limit


@dataclass(frozen=True, slots=True)
class Spent:
    """Dollars of today and of this month."""

    today: float
    month: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What a budget allows, and what was spent of it, in dollars."""

    limit: Limit
    spent: float
    allowed: float

    @property
    def left(self) -> float:
        return max(0.0, self.allowed - self.spent)

    @property
    def is_of_the_team(self) -> bool:
        return self.limit in OF_THE_TEAM


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars of an image and of a video with the settings of the user."""

    image: float
    video: float


@dataclass(frozen=True, slots=True)
class Finances:
    """`budgets` are those that apply to the user. `team` is for admins only.

    `helper` is the part of the own sum of this month that the prompt helper cost.
    """

    own: Spent
    team: Spent | None
    budgets: Sequence[Budget]
    prices: Prices
    helper: float = 0


def money_text(t: Phrases, finances: Finances, now: float) -> str:
    """Say as HTML what the user has spent and what is left, in dollars and in things."""
    own, team, budgets = finances.own, finances.team, finances.budgets
    lines = [t("money-own", today=money(t, own.today), month=money(t, own.month))]
    if finances.helper:
        lines.append(t("money-helper", month=money(t, finances.helper)))
    if team:
        lines.append(t("money-team", today=money(t, team.today), month=money(t, team.month)))
    if not budgets:
        return "\n".join(lines)
    lines.append("")
    own_left = min((each.left for each in budgets if not each.is_of_the_team), default=math.inf)
    for budget in budgets:
        left = money_left(t, budget.left)
        if team or not budget.is_of_the_team:
            left = t.plain("money-left-of", left=left, allowed=money(t, budget.allowed))
        elif budget.left >= own_left:
            # Users may not see the team's sums, only that they leave less.
            continue
        lines.append(t(f"money-{budget.limit}", left=left))
    smallest = min(budgets, key=lambda budget: budget.left)
    prices = finances.prices.image, finances.prices.video
    # Counted in millionths, so that a whole number of things stays one.
    micro = round(smallest.left * MICRO)
    images, videos = (micro // max(1, round(price * MICRO)) for price in prices)
    lines += ["", t("money-enough", images=images, videos=videos)]
    if not images and (restart := restart_text(t, smallest.limit, now, now)):
        lines.append(restart)
    return "\n".join(lines)
