"""The answer to /money. Pure."""

from dataclasses import dataclass

from infra.i18n import Phrases
from infra.money import money


@dataclass(frozen=True, slots=True)
class Sums:
    """Dollars of today and of this month, and the budget of a day; 0: no limit."""

    today: float
    month: float
    budget: float

    @property
    def left(self) -> float | None:
        """Return what is left today; None without a limit."""
        return max(0.0, self.budget - self.today) if self.budget else None


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars of an image and of a video with the settings of the user."""

    image: float
    video: float


def money_text(t: Phrases, own: Sums, team: Sums, prices: Prices, *, for_admin: bool) -> str:
    """Say as HTML what the user has spent and what is left, in dollars and in things; the team's sums for admins."""
    lines = [
        _spent(t, own, "money-own", "money-own-of"),
        t("money-month", month=money(t, own.month)),
    ]
    if for_admin:
        lines += [
            _spent(t, team, "money-team", "money-team-of"),
            t("money-month", month=money(t, team.month)),
        ]
    limits = [left for left in (own.left, team.left) if left is not None]
    if limits:
        left = min(limits)
        # The user may not see the team's sums, only that they leave less.
        if own.left is None or left < own.left:
            lines.append(t("money-team-left", left=money(t, left)))
        lines += ["", _enough(t, left, prices)]
    return "\n".join(lines)


def _spent(t: Phrases, sums: Sums, unlimited: str, limited: str) -> str:
    if sums.left is None:
        return t(unlimited, today=money(t, sums.today))
    budget, left = money(t, sums.budget), money(t, sums.left)
    return t(limited, today=money(t, sums.today), budget=budget, left=left)


def _enough(t: Phrases, left: float, prices: Prices) -> str:
    """Count in millionths, so that a whole number of things stays one."""
    images, videos = (
        round(left * 1_000_000) // max(1, round(price * 1_000_000))
        for price in (prices.image, prices.video)
    )
    return t("money-enough", images=images, videos=videos)
