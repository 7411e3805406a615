"""Cards of a comparison: the choice of models, the vote, and the models with their votes. Pure."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases
from infra.money import money
from worker.bot.callback_data import Choice, Menu, Open, ToggleCompared, Vote
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.labels import SEPARATOR
from worker.bot.options.model_names import model_id
from worker.bot.views.card import Card
from worker.bot.views.job_card import status_text
from worker.bot.views.keyboards import Row, button, in_rows, marked
from worker.bot.views.model_list import lost_options
from worker.bot.views.money_format import known_price, priced
from worker.bot.views.set_card import billed, pick_keyboard
from worker.bot.views.settings_card import SettingsCard
from worker.bot.views.wait_time import elapsed_text
from worker.comparisons.store import FEWEST, MOST, TIE, Comparison
from worker.model import LETTERS, Job

_LETTERS_IN_A_ROW = 4


def comparison_choice(card: SettingsCard) -> Card:
    """Offer the models to compare, each with its price for this order, and say what they would do differently."""
    t, rows = card.t, []
    for model in card.comparable:
        data = ToggleCompared(owner=card.owner, model=model_id(model.endpoint))
        is_chosen = model.endpoint in card.draft.compared
        cost = known_price(model, card.options_of(model), card.draft.pictures)
        price = t.plain("price-unknown") if cost is None else money(t, cost)
        facts = SEPARATOR.join([model.title, price])
        rows.append([button(marked(facts, current=is_chosen), data.pack())])
    chosen = card.compared
    lines = [t("ask-compare", fewest=FEWEST, most=MOST)]
    for model in chosen:
        lost = lost_options(t, card.options, card.options, card.options_of(model))
        if lost:
            lines.append(t("compare-adapted", model=model.title, lost=lost))
    text = t.plain("button-back")
    if chosen:
        text = priced(t, t.plain("button-compare-done", count=len(chosen)), card.price)
    rows.append([button(text, Open(owner=card.owner, menu=Menu.CARD).pack())])
    if card.draft.compared:
        none = ToggleCompared(owner=card.owner)
        rows.append([button(t.plain("button-compare-none"), none.pack())])
    return Card("\n".join(lines), InlineKeyboardMarkup(inline_keyboard=rows))


def vote_card(t: Phrases, jobs: Sequence[Job], *, in_group: bool) -> Card:
    """Ask which result is the best, without a hint at the models."""
    lines = [t("ask-vote-in-group" if in_group else "ask-vote")]
    failed = [job for job in jobs if not job.files]
    lines += ["", *(without_result(t, job) for job in failed)] if failed else []
    comparison = jobs[0].set_id
    letters = [
        button(job.letter, Vote(comparison=comparison, choice=Choice(job.letter)).pack())
        for job in jobs
        if job.files
    ]
    tie = button(t.plain("button-tie"), Vote(comparison=comparison, choice=Choice.TIE).pack())
    key = "button-reveal-in-group" if in_group else "button-reveal"
    reveal = button(t.plain(key), Vote(comparison=comparison, choice=Choice.REVEAL).pack())
    rows: list[Row] = [*in_rows(letters, _LETTERS_IN_A_ROW), [tie], [reveal]]
    return Card("\n".join(lines), InlineKeyboardMarkup(inline_keyboard=rows))


def comparison_card(
    t: Phrases, catalog: OptionCatalog, comparison: Comparison, jobs: Sequence[Job]
) -> Card:
    """Show the model of each letter, with its votes, its price and its time, and the actions on the best result.

    A job that was deleted is not in `jobs`.
    """
    by_letter = {job.letter: job for job in jobs}
    ranked = sorted(comparison.models, key=lambda letter: -comparison.votes.get(letter, 0))
    lines = [t("compare-models"), ""]
    best = max((comparison.votes.get(letter, 0) for letter in LETTERS), default=0)
    for letter in ranked:
        votes = comparison.votes.get(letter, 0)
        label = f"🏆 {letter}" if votes and votes == best else letter
        facts = [t("compare-row", letter=label, model=model_title(comparison.models[letter]))]
        job = by_letter.get(letter)
        facts += _outcome(t, job) if job else [t("compare-deleted")]
        facts += [t("compare-votes", count=votes)] if comparison.voters > 1 and votes else []
        lines.append(SEPARATOR.join(facts))
    if ties := comparison.votes.get(TIE, 0):
        lines.append(t("compare-ties", count=ties))
    if len(comparison.candidates) < FEWEST:
        lines += ["", t("compare-single")]
    shown = [job for letter in ranked if (job := by_letter.get(letter))]
    first = next((job for job in shown if job.files), None)
    if first is None:
        return Card("\n".join(lines))
    lines += ["", t("compare-next")]
    in_order = sorted(jobs, key=lambda job: job.letter)
    return Card("\n".join(lines), pick_keyboard(t, catalog, in_order, first))


def _outcome(t: Phrases, job: Job) -> list[str]:
    cost = billed(t, [job]) or money(t, 0)
    if not job.files:
        return [cost, status_text(t, job, job.updated_at).partition("\n")[0]]
    seconds = [] if job.seconds is None else [elapsed_text(t, max(1, round(job.seconds)))]
    return [cost, *seconds]


def without_result(t: Phrases, job: Job) -> str:
    """Say how a job ended without a result, by its letter."""
    return f"{t('set-label', label=job.letter)}: {status_text(t, job, job.updated_at)}"
