"""Rendering of the dashboard as HTML, with autoescape: https://jinja.palletsprojects.com/"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.dates import date_text
from infra.fal.model import Work
from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases, Texts
from infra.money import money
from webhook_app.api.health_checks import Report
from webhook_app.dashboard.data import DashboardData, Spending
from webhook_app.dashboard.job_row import JobRow, age_in_words, failure_in_words
from webhook_app.dashboard.query import JobListFilter, Query
from webhook_app.dashboard.spending_tables import spending_tables
from worker.comparisons.ranking import ENOUGH_DUELS, Standing
from worker.queues.names import Clock

ASSETS = Path(__file__).parent / "assets"


class Templates:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._texts = Texts()
        self._environment = Environment(
            loader=FileSystemLoader(ASSETS),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render_dashboard(
        self, name: str, query: Query, data: DashboardData, problems: Report, *, can_log_out: bool
    ) -> str:
        """Render the whole page, or only its live part."""
        t = self._speaking(query)
        failures = Counter[str]()
        for failure, count in data.today.failures.items():
            failures[failure_in_words(failure, t)] += count
        return self.render(
            name,
            query,
            data=data,
            place=query.place,
            choices=list(JobListFilter),
            rows=[JobRow(job, t, self._clock()) for job in data.page.jobs],
            failures=failures,
            problems={name: problem for name, problem in problems.items() if problem},
            age=lambda seconds: age_in_words(seconds, t),
            money=partial(money, t),
            can_log_out=can_log_out,
        )

    def render_ranking(self, query: Query, rankings: Mapping[Work, Sequence[Standing]]) -> str:
        return self.render(
            "ranking.html", query, rankings=rankings, title=model_title, enough=ENOUGH_DUELS
        )

    def render_spending(self, query: Query, spending: Spending) -> str:
        t = self._speaking(query)
        return self.render(
            "spending.html",
            query,
            spending=spending,
            tables=spending_tables(spending),
            title=model_title,
            money=partial(money, t),
            date=partial(date_text, t),
        )

    def render(self, name: str, query: Query, **contents: object) -> str:
        t = self._speaking(query)
        template = self._environment.get_template(name)
        return template.render(root=query.root, t=t.plain, language=t.language, **contents)

    def _speaking(self, query: Query) -> Phrases:
        return self._texts.speaking(self._texts.of_browser(query.accepted))
