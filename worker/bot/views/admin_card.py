"""The admin card: one message with several views. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.dates import date_text
from infra.fal.model import Work
from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases
from infra.money import money
from worker.bot.admin_callback_data import (
    AdminAction,
    Administer,
    ModelsAction,
    OnModels,
    RunCommand,
    Section,
)
from worker.bot.views.card import Card
from worker.bot.views.job_card import failure_name
from worker.bot.views.keyboards import Row, button, in_columns, in_rows, marked
from worker.bot.views.user_link import identity, name_of
from worker.comparisons.ranking import ENOUGH_DUELS, Standing
from worker.limits.ledger import Account, Usage
from worker.limits.limits import Limit, Limits
from worker.model import Kind
from worker.operations.reconciliation import Difference, Reconciliation, total_lines
from worker.operations.status import State
from worker.users.roles import Role
from worker.users.store import User

ROWS = 10
USERS_ON_A_PAGE = 8
_LONGEST_NAME = 32
_TABS_IN_A_ROW = 2
_COMPARED_DAYS = 7
#: The values that have buttons; others can be typed.
STEPS: Mapping[Limit, tuple[float, ...]] = {
    Limit.USER_MAX_JOBS: (1, 2, 3, 5, 10, 20, 0),
    Limit.USER_DAILY_BUDGET: (1, 2, 5, 10, 20, 50, 0),
    Limit.USER_MONTHLY_BUDGET: (10, 20, 50, 100, 200, 500, 0),
    Limit.GUEST_DAILY_BUDGET: (0.5, 1, 2, 3, 5, 10, 0),
    Limit.GUEST_MONTHLY_BUDGET: (5, 10, 20, 30, 50, 100, 0),
    Limit.TEAM_DAILY_BUDGET: (10, 20, 50, 100, 200, 500, 0),
    Limit.TEAM_MONTHLY_BUDGET: (100, 200, 500, 1000, 2000, 5000, 0),
    Limit.FAL_SLOTS: (1, 2, 5, 10, 20, 40, 0),
}
_MARKS = {Role.ADMIN: "⭐", Role.GUEST: "👤"}
_TABS = (
    (Section.TODAY, "button-admin-usage"),
    (Section.STATE, "button-admin-state"),
    (Section.LIMITS, "button-admin-limits"),
    (Section.USERS, "button-admin-users"),
    (Section.RANKING, "button-admin-ranking"),
)


@dataclass(frozen=True)
class Member:
    """`standing` is the text key of the user's access; `allowed` tells whether they have it."""

    user: User
    standing: str
    allowed: bool
    settled: bool
    role: Role


@dataclass(frozen=True)
class AdminCard:
    """`owner` is the admin who reads it."""

    t: Phrases
    owner: int
    paused: bool

    def usage(
        self, section: Section, account: Account, names: Mapping[int, User], budget: float
    ) -> Card:
        """Show the usage per user and model, of today, of seven days or of this month; `budget` 0 is no limit."""
        total = self._usage(account.total)
        lines = [self.t(f"admin-usage-{section}"), ""]
        if budget:
            lines.append(self.t("admin-total-of", usage=total, budget=money(self.t, budget)))
        else:
            lines.append(self.t("admin-total", usage=total))
        if not account.total.is_empty:
            users = [
                (name_of(names[who], _LONGEST_NAME), usage) for who, usage in account.users.items()
            ]
            # A model may have an endpoint for each kind of work.
            models: dict[str, Usage] = {}
            for endpoint, usage in account.models.items():
                title = model_title(endpoint)
                models[title] = models.get(title, Usage()) + usage
            lines += ["", self.t("admin-by-user"), *self._rows(users)]
            lines += ["", self.t("admin-by-model"), *self._rows(models.items())]
            if not account.helper.is_empty:
                spent = money(self.t, account.helper.dollars)
                lines.append(self.t("admin-helper", count=account.helper.jobs, spent=spent))
        else:
            lines.append(self.t("admin-no-usage"))
        return self._card(lines, self._spans(section))

    def days(self, accounts: Mapping[str, Account]) -> Card:
        """Show the usage of each day, newest first, without days on which nothing was made."""
        lines = [
            self.t("admin-row", name=date_text(self.t, day), usage=self._usage(account.total))
            for day, account in accounts.items()
            if not account.total.is_empty
        ]
        heading = self.t("admin-usage-days", days=len(accounts))
        shown = lines or [self.t("admin-no-usage")]
        return self._card([heading, "", *shown], self._spans(Section.DAYS))

    def state(self, state: State, account: Account, slots: float) -> Card:
        """Show the state of the queues, the provider and our own processes."""
        t, held, waiting = self.t, str(state.held), str(state.waiting)
        lines = [t("admin-state"), ""]
        if slots:
            lines.append(t("admin-slots", held=held, slots=f"{slots:g}", waiting=waiting))
        else:
            lines.append(t("admin-slots-unlimited", held=held))
        for kind in Kind:
            load = state.loads[kind]
            if load.oldest is None:
                lines.append(t(f"admin-queue-{kind}", count=load.active))
            else:
                minutes = max(1, round(load.oldest / 60))
                age = t.plain("wait", hours=minutes // 60, minutes=minutes % 60)
                lines.append(t(f"admin-queue-{kind}-oldest", count=load.active, age=age))
        webhooks = "admin-webhooks-arrive" if state.webhooks_arrive else "admin-webhooks-silent"
        lines += ["", self._failures(account.failures), t(webhooks)]
        workers = (
            f"{'✅' if lives else '❌'}\N{NO-BREAK SPACE}{t.plain(f'worker-{queue}')}"
            for queue, lives in state.workers.items()
        )
        lines.append(t("admin-workers", workers=", ".join(workers)))
        if state.dead_letters:
            lines.append(t("admin-dead-letters", count=state.dead_letters))
        return self._card(lines, [[self._open(Section.STATE, "button-admin-refresh")]])

    def limits(self, limits: Limits) -> Card:
        rows = [
            [
                button(
                    self.t.plain("limit-row", name=self.t.plain(f"limit-{limit}"), value=value),
                    self._data(Section.LIMIT, limit.value),
                )
            ]
            for limit in Limit
            if (value := self.amount(limit, limits[limit]))
        ]
        return self._card([self.t("admin-limits")], rows)

    def limit(self, limit: Limit, value: float) -> Card:
        """Show one limit, which a press or a typed number changes."""
        name = self.t.plain(f"limit-{limit}")
        text = self.t("admin-limit", name=name, value=self.amount(limit, value))
        steps = [
            button(
                marked(self.amount(limit, step), current=step == value),
                self._instruct(AdminAction.SET, f"{limit}={step:g}"),
            )
            for step in STEPS[limit]
        ]
        rows = [steps[:3], steps[3:6], steps[6:]]
        return self._card([text], [*rows, [self._open(Section.LIMITS, "button-back-to-limits")]])

    def users(self, members: Sequence[Member], page: int, *, is_open: bool) -> Card:
        """List all known users, allowed or not."""
        lines = [self.t("admin-users"), ""]
        lines += [self.t("admin-users-open"), ""] if is_open else []
        lines.append(self.t("admin-users-hint"))
        first, rows = page * USERS_ON_A_PAGE, []
        for member in members[first : first + USERS_ON_A_PAGE]:
            mark = _MARKS.get(member.role, "✅") if member.allowed else "🚫"
            name = name_of(member.user, _LONGEST_NAME)
            text = self.t.plain("button-user", mark=mark, name=name)
            rows.append([button(text, self._data(Section.USER, str(member.user.id)))])
        slots = [
            button(arrow, self._data(Section.USERS, str(other)))
            for arrow, other in (("‹", page - 1), ("›", page + 1))
            if 0 <= other * USERS_ON_A_PAGE < len(members)
        ]
        return self._card(lines, [*rows, *([slots] if slots else [])])

    def user(self, member: Member) -> Card:
        lines = [self.t("admin-user", **identity(member.user)), self.t(member.standing)]
        rows: list[Row] = []
        if member.role is not Role.ADMIN:
            lines.append(self.t(f"role-{member.role}"))
            key, action = (
                ("button-make-member", AdminAction.MAKE_MEMBER)
                if member.role is Role.GUEST
                else ("button-make-guest", AdminAction.MAKE_GUEST)
            )
            rows.append([button(self.t.plain(key), self._instruct(action, str(member.user.id)))])
        if not member.settled:
            key, action = (
                ("button-forbid", AdminAction.FORBID)
                if member.allowed
                else ("button-allow", AdminAction.ALLOW)
            )
            rows.append([button(self.t.plain(key), self._instruct(action, str(member.user.id)))])
        return self._card(lines, [*rows, [self._open(Section.USERS, "button-back-to-users")]])

    def ranking(self, rankings: Mapping[Work, Sequence[Standing]], work: Work | None) -> Card:
        """Show the models of one kind of work by the team's votes; None: the first that has votes."""
        t = self.t
        if not rankings:
            return self._card([t("admin-ranking"), "", t("admin-ranking-empty")], [])
        if work is None or work not in rankings:
            work = next(iter(rankings))
        lines = [t("admin-ranking"), "", t("admin-ranking-work", work=t.plain(f"work-{work}"))]
        shown = rankings[work][:ROWS]
        certain = [self._standing(each, "admin-ranking-row") for each in shown if each.is_certain]
        lines += [f"{place}. {row}" for place, row in enumerate(certain, start=1)]
        if uncertain := [each for each in shown if not each.is_certain]:
            lines += ["", t("admin-ranking-few", duels=ENOUGH_DUELS)] if certain else []
            lines += [f"• {self._standing(each, 'admin-ranking-row-few')}" for each in uncertain]
        if len(rankings[work]) > ROWS:
            lines.append(t("admin-more", count=len(rankings[work]) - ROWS))
        works = [
            button(
                marked(t.plain(f"work-{each}"), current=each is work),
                self._data(Section.RANKING, each),
            )
            for each in rankings
        ]
        return self._card([*lines, "", t("admin-ranking-how")], in_rows(works, _TABS_IN_A_ROW))

    def pause(self) -> Card:
        silently = button(self.t.plain("button-pause-silently"), self._instruct(AdminAction.PAUSE))
        return self._card([self.t("admin-pause")], [[silently]])

    def amount(self, limit: Limit, value: float) -> str:
        """Format dollars or a number as plain text; 0 is no limit."""
        if not value:
            return self.t.plain("limit-none")
        return money(self.t, value) if limit.is_money else f"{value:g}"

    def _difference(self, difference: Difference) -> str:
        return self.t(
            "admin-bill",
            id=difference.job_id or difference.request_id or "?",
            model=model_title(difference.endpoint or ""),
            counted=money(self.t, difference.counted),
            billed=money(self.t, difference.billed),
        )

    def _spans(self, current: Section) -> list[Row]:
        choices = [
            self._open(span, f"button-{span}", current=span is current)
            for span in (Section.TODAY, Section.WEEK, Section.MONTH, Section.DAYS)
        ]
        bills = self._open(Section.BILLS, "button-bills", current=current is Section.BILLS)
        return [*in_columns(choices), [bills]]

    def bills(self, made: Sequence[Reconciliation]) -> Card:
        """Show the comparisons with fal's bills, newest first, and the differences of the newest day that has some."""
        lines = [self.t("admin-bills"), ""]
        if not made:
            lines.append(self.t("admin-bills-none"))
        for each in made[:_COMPARED_DAYS]:
            sums = {"counted": money(self.t, each.counted), "billed": money(self.t, each.billed)}
            key = "admin-bills-differ" if each.totals else "admin-bills-agree"
            day = date_text(self.t, each.day)
            lines.append(self.t(key, day=day, count=each.number, **sums))
        if differing := next((each for each in made if each.totals), None):
            lines += ["", self.t("admin-bills-of", day=date_text(self.t, differing.day))]
            lines += total_lines(self.t, differing)
            lines += [self._difference(each) for each in differing.differences[:ROWS]]
        return self._card(lines, self._spans(Section.BILLS))

    def _rows(self, usages: Iterable[tuple[str, Usage]]) -> Iterable[str]:
        """Yield the rows, most expensive first."""
        ranked = sorted(usages, key=lambda row: (-row[1].dollars, -row[1].jobs, row[0]))
        for name, usage in ranked[:ROWS]:
            yield self.t("admin-row", name=name, usage=self._usage(usage))
        if len(ranked) > ROWS:
            yield self.t("admin-more", count=len(ranked) - ROWS)

    def _standing(self, standing: Standing, key: str) -> str:
        total = standing.total
        return self.t(
            key,
            name=model_title(standing.model),
            share=round(100 * total.share),
            won=total.won,
            lost=total.lost,
            tied=total.tied,
        )

    def _usage(self, usage: Usage) -> str:
        return self.t.plain("usage", jobs=usage.jobs, spent=money(self.t, usage.dollars))

    def _failures(self, failures: Mapping[str, int]) -> str:
        """List the failures by their texts, most frequent first; all failures of an input image share one text."""
        if not failures:
            return self.t("admin-no-failures")
        counts: Counter[str] = Counter()
        for kind, number in failures.items():
            counts[failure_name(self.t, kind)] += number
        named = (
            self.t.plain("admin-failure", name=name, count=number)
            for name, number in counts.most_common()
        )
        return self.t("admin-failures", failures=", ".join(named))

    def _card(self, lines: Iterable[str], rows: Sequence[Row]) -> Card:
        notice = [self.t("admin-paused"), ""] if self.paused else []
        tabs = [self._open(section, key) for section, key in _TABS]
        if self.paused:
            last = button(self.t.plain("button-admin-resume"), self._instruct(AdminAction.RESUME))
        else:
            last = self._open(Section.PAUSE, "button-admin-pause")
        models = OnModels(owner=self.owner, action=ModelsAction.WORKS)
        tabs.append(button(self.t.plain("button-admin-models"), models.pack()))
        keyboard = InlineKeyboardMarkup(
            inline_keyboard=[*rows, *in_rows(tabs, _TABS_IN_A_ROW), [last]]
        )
        return Card("\n".join([*notice, *lines]), keyboard)

    def _open(self, section: Section, key: str, *, current: bool = False) -> InlineKeyboardButton:
        return button(marked(self.t.plain(key), current=current), self._data(section))

    def _data(self, section: Section, about: str = "") -> str:
        return Administer(owner=self.owner, section=section, about=about).pack()

    def _instruct(self, action: AdminAction, about: str = "") -> str:
        return RunCommand(owner=self.owner, action=action, about=about).pack()
