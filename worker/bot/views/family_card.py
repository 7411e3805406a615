"""The family tree of a result: the steps that led to it, and what was made from it. Pure."""

from collections.abc import Callable, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.dates import date_text
from infra.i18n import Phrases
from infra.money import money
from worker.bot.callback_data import Branch, OpenStep
from worker.bot.options.labels import SEPARATOR
from worker.bot.truncate import one_line
from worker.bot.views.card import Card
from worker.bot.views.keyboard_merge import step_button
from worker.bot.views.keyboards import Row, button, in_rows
from worker.jobs.family import Line, Step
from worker.jobs.indexes import IndexPage
from worker.limits.ledger import day
from worker.model import Job, Kind

#: A caption has room for the first step, the nearest ones and a page of descendants.
NEAREST = 5
_WORDS = 40
_IN_A_ROW = 5
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def tree_card(  # noqa: PLR0913 - what a tree shows
    t: Phrases,
    line: Line,
    page: IndexPage,
    children: Sequence[Job],
    *,
    now: float,
    owner: int,
    picture: int,
    tip: str,
    is_visible: Callable[[Job], bool],
) -> Card:
    """Build the tree around `line.job`, whose file `picture` is shown on a message that first showed `tip`.

    The steps have numbers, by which the buttons open them; deleted steps and those of other chats have none.
    """
    job, lines = line.job, [t("tree-title"), ""]
    buttons: Row = []

    def add(sign: str, step: Step, tip: str) -> None:
        if step.job is None or not is_visible(step.job):
            lines.append(t("tree-deleted" if step.job is None else "tree-hidden", sign=sign))
            return
        number = str(len(buttons) + 1)
        facts = SEPARATOR.join(
            [t("tree-step", sign=sign, number=number), *_facts(t, step.job, now)]
        )
        lines.append(facts)
        opened = OpenStep(owner=owner, job_id=step.job.id, picture=step.picture, tip=tip)
        buttons.append(button(number, opened.pack()))

    for n, step in enumerate(line.steps):
        if n == 0 or n >= len(line.steps) - NEAREST:
            add("↑", step, tip or job.id)
        elif n == 1:
            lines.append(t("tree-left-out", count=len(line.steps) - 1 - NEAREST))
    lines.append(SEPARATOR.join([t("tree-here"), *_facts(t, job, now)]))
    for child in children:
        if child.files and is_visible(child):
            add("↳", Step(child), "")
    if not children and not line.steps:
        lines += ["", t("tree-alone")]
    neighbours = (("history-newer", page.newer), ("history-older", page.older))
    neighbour_row = [
        button(t.plain(key), Branch(owner=owner, job_id=job.id, start=start).pack())
        for key, start in neighbours
        if start is not None
    ]
    shown = OpenStep(owner=owner, job_id=job.id, picture=picture, tip="" if tip == job.id else tip)
    back = button(t.plain("button-back"), shown.pack())
    rows = [*in_rows(buttons, _IN_A_ROW), neighbour_row, [back]]
    return Card(
        "\n".join(lines), InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])
    )


def forward_button(
    t: Phrases, owner: int, shown: Job, line: Line, picture: int
) -> InlineKeyboardButton:
    """Lead back, step by step, to the job that the message showed first: the last of `line`, with its `picture`."""
    step = line.after(shown.id) or Step(line.job)
    following = step.job or line.job
    number = picture if following.id == line.job.id else step.picture
    data = OpenStep(owner=owner, job_id=following.id, picture=number, tip=line.job.id)
    return button(t.plain("step-forward"), data.pack())


def tip_of(keyboard: InlineKeyboardMarkup | None) -> str:
    """Return the id of the job that the message showed first; empty if it shows that one."""
    forward = step_button(keyboard)
    return OpenStep.unpack(forward.callback_data or "").tip if forward else ""


def _facts(t: Phrases, job: Job, now: float) -> list[str]:
    words = one_line(job.request.prompt.strip(), _WORDS) or t.plain(
        "tree-video" if job.request.kind is Kind.VIDEO else "tree-image"
    )
    # The price of a comparison's job is a hint at its model.
    cost = [] if job.is_blind or job.cost is None else [money(t, job.cost)]
    return [t("tree-words", words=words), *cost, _age(t, job.created_at, now)]


def _age(t: Phrases, since: float, now: float) -> str:
    seconds = max(0.0, now - since)
    if seconds >= _DAY:
        return date_text(t, day(since))
    if seconds >= _HOUR:
        return t("tree-hours-ago", hours=int(seconds // _HOUR))
    return t("tree-minutes-ago", minutes=int(seconds // _MINUTE))
