"""Console page at `/` and the list of accepted requests, for users and tests."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal.addresses import origin
from infra.sandbox.fal.fault_words import WORDS, Stage
from infra.sandbox.fal.models import MODELS, makes_clips
from infra.sandbox.fal.records import Record, State
from infra.sandbox.fal.scheduler import Scheduler

_PAGE = Path(__file__).parent / "page"
# Both fakes share one theme.
_LOOK = Path(__file__).parents[1] / "telegram" / "page"
_FILES = (_PAGE / "console.css", _LOOK / "theme.css", _LOOK / "mark.svg")
_LATEST = 10
_SHOWN = (
    *("request_id", "endpoint", "account", "webhook_url", "created_at", "started_at"),
    *("completed_at", "cancelled", "error_type", "input_sha256", "billed", "deliveries"),
    *("delivered", "undeliverable"),
)


class Console:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def routes(self) -> list[Route]:
        files = [Route(f"/page/{path.name}", _File(path).serve) for path in _FILES]
        return [Route("/", self.page), Route("/requests", self.requests), *files]

    async def page(self, request: Request) -> Response:
        language = _language(request)
        latest = reversed(self._scheduler.records[-_LATEST:])
        filled = Template((_PAGE / f"{language}.html").read_text()).substitute(
            {stage: _words(stage, language) for stage in Stage},
            settings=escape(_settings(request)),
            requests="".join(map(_line, latest)),
            pictures=_models(name for name in MODELS if not makes_clips(name)),
            clips=_models(filter(makes_clips, MODELS)),
        )
        return HTMLResponse(filled, headers={"Vary": "Accept-Language"})

    async def requests(self, _: Request) -> Response:
        return JSONResponse([_shown(record) for record in self._scheduler.records])


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
    return f"fal_queue_base_url={base}\nfal_rest_base_url={base}\nfal_api_key=any:thing"


def _words(stage: Stage, language: str) -> str:
    return "".join(
        f"<div><dt><code>{word}</code></dt><dd>{escape(getattr(fault_words, language))}</dd></div>"
        for word, fault_words in WORDS.items()
        if fault_words.stage is stage
    )


def _models(endpoints: Iterable[str]) -> str:
    return "".join(f"<li><code>{escape(endpoint)}</code></li>" for endpoint in endpoints)


def _line(record: Record) -> str:
    at = datetime.fromtimestamp(record.created_at, UTC)
    return (
        f'<li><time datetime="{at.isoformat()}">{at.astimezone():%H:%M:%S}</time>'
        f"<span>{escape(record.endpoint)}</span><small>{record.request_id[:8]}</small>"
        f"{_end(record)}</li>"
    )


def _end(record: Record) -> str:
    if record.state is not State.COMPLETED:
        return f"<b>{record.state}</b>"
    kind = "good" if record.status == 200 else "bad"
    return f'<b class="{kind}">{record.state} {record.status}</b>'


def _shown(record: Record) -> dict[str, object]:
    shown: dict[str, object] = {name: getattr(record, name) for name in _SHOWN}
    return shown | {"status": record.state, "result_status": record.status}
