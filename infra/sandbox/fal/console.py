"""Console page at `/` and the list of accepted requests, for users and tests."""

import re
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal.addresses import origin
from infra.sandbox.fal.catalog import Catalog, Model, Status
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.fault_words import WORDS, Stage
from infra.sandbox.fal.records import Record, State
from infra.sandbox.fal.scheduler import Scheduler

_PAGE = Path(__file__).parent / "page"
# Both fakes share one theme.
_LOOK = Path(__file__).parents[1] / "telegram" / "page"
_FILES = (_PAGE / "console.css", _LOOK / "theme.css", _LOOK / "mark.svg")
_LATEST = 10
_DEPRECATED = {"ru": "<em>устарела</em>", "en": "<em>deprecated</em>"}
_SHOWN = (
    *("request_id", "endpoint", "account", "webhook_url", "created_at", "started_at"),
    *("completed_at", "cancelled", "error_type", "input_sha256", "billed", "deliveries"),
    *("delivered", "undeliverable"),
    *("media_lifetime", "stores_payloads", "fallback_disabled"),
)


class Console:
    def __init__(self, catalog: Catalog, scheduler: Scheduler, cdn: Cdn) -> None:
        self._catalog = catalog
        self._scheduler = scheduler
        self._cdn = cdn

    def routes(self) -> list[Route]:
        files = [Route(f"/page/{path.name}", _File(path).serve) for path in _FILES]
        return [
            Route("/", self.page),
            Route("/requests", self.requests),
            Route("/files", self.files),
            *files,
        ]

    async def page(self, request: Request) -> Response:
        language = _language(request)
        latest = reversed(self._scheduler.records[-_LATEST:])
        filled = Template((_PAGE / f"{language}.html").read_text()).substitute(
            {stage: _words(stage, language) for stage in Stage},
            settings=escape(_settings(request)),
            requests="".join(map(_line, latest)),
            bills=_bills(self._scheduler.records),
            total=_dollars(
                sum(record.bill.dollars for record in self._scheduler.records if record.bill)
            ),
            models=_models(list(self._catalog), language),
        )
        return HTMLResponse(filled, headers={"Vary": "Accept-Language"})

    async def files(self, _: Request) -> Response:
        return JSONResponse(self._cdn.files())

    async def requests(self, request: Request) -> Response:
        """List the requests; with `queued=1` only those of the queue, which make images and videos."""
        only_queued = request.query_params.get("queued") == "1"
        records = self._scheduler.records
        return JSONResponse([_shown(each) for each in records if each.queued or not only_queued])


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path

    async def serve(self, _: Request) -> Response:
        return FileResponse(self._path)


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
    known: list[str] = re.findall(r"\b(ru|en)\b", wanted.lower())
    return known[0] if known else "ru"


def _settings(request: Request) -> str:
    base = origin(request)
    names = (
        *("fal_queue_base_url", "fal_rest_base_url"),
        *("fal_platform_base_url", "fal_run_base_url"),
    )
    return "\n".join([*(f"{name}={base}" for name in names), "fal_api_key=any:thing"])


def _words(stage: Stage, language: str) -> str:
    return "".join(
        f"<div><dt><code>{word}</code></dt><dd>{escape(getattr(fault_words, language))}</dd></div>"
        for word, fault_words in WORDS.items()
        if fault_words.stage is stage
    )


def _models(models: list[Model], language: str) -> str:
    """Return a folded list for each category."""
    groups: defaultdict[str, list[Model]] = defaultdict(list)
    for model in models:
        groups[model.category].append(model)
    return "".join(
        f"<details><summary>{escape(category)} <small>{len(found)}</small></summary>"
        f"<ul>{''.join(_model(model, language) for model in found)}</ul></details>"
        for category, found in groups.items()
    )


def _model(model: Model, language: str) -> str:
    note = _DEPRECATED[language] if model.status is Status.DEPRECATED else ""
    return (
        f"<li><code>{escape(model.endpoint)}</code>{note}"
        f"<small>{_dollars(model.unit_price)} / {escape(model.unit)}</small></li>"
    )


def _bills(records: list[Record]) -> str:
    """Return what each endpoint was billed, the dearest first."""
    sums: defaultdict[str, float] = defaultdict(float)
    for record in records:
        if record.bill is not None:
            sums[record.bill.endpoint] += record.bill.dollars
    ordered = sorted(sums.items(), key=lambda entry: -entry[1])
    return "".join(
        f"<li><span>{escape(endpoint)}</span><b>{_dollars(dollars)}</b></li>"
        for endpoint, dollars in ordered
    )


def _dollars(amount: float) -> str:
    return f"${amount:.5f}".rstrip("0").rstrip(".")


def _line(record: Record) -> str:
    at = datetime.fromtimestamp(record.created_at, UTC)
    return (
        f'<li><time datetime="{at.isoformat()}">{at.astimezone():%H:%M:%S}</time>'
        f"<span>{escape(record.endpoint)}</span><small>{record.request_id[:8]}</small>"
        f"{_cost(record)}{_end(record)}</li>"
    )


def _cost(record: Record) -> str:
    if record.bill is None:
        return ""
    bill = record.bill
    return f"<small>{bill.units:g} × {escape(bill.unit)} = {_dollars(bill.dollars)}</small>"


def _end(record: Record) -> str:
    if record.state is not State.COMPLETED:
        return f"<b>{record.state}</b>"
    kind = "good" if record.status == 200 else "bad"
    return f'<b class="{kind}">{record.state} {record.status}</b>'


def _shown(record: Record) -> dict[str, object]:
    shown: dict[str, object] = {name: getattr(record, name) for name in _SHOWN}
    bill = None if record.bill is None else asdict(record.bill) | {"dollars": record.bill.dollars}
    return shown | {"status": record.state, "result_status": record.status, "bill": bill}
