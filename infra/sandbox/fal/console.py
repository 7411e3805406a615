"""For people and tests: the page at `/`, and what was accepted so far."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from infra.sandbox.fal.models import MODELS
from infra.sandbox.fal.records import Record
from infra.sandbox.fal.scheduler import Scheduler
from infra.sandbox.fal.trouble import WORDS

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>fal stand-in</title>
<style>body{{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem;
color-scheme:light dark}}td{{padding:.2rem 1rem .2rem 0;vertical-align:top}}</style>
<h1>fal stand-in</h1>
<p>It answers like fal's queue and renders what it is asked for. Nothing costs anything here.
What it has accepted: <a href="requests">requests</a>.</p>
<h2>Words that ask for trouble</h2><p>Put one or several into a prompt.</p><table>{words}</table>
<h2>Models</h2><ul>{models}</ul></html>"""


class Console:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    async def page(self, _: Request) -> Response:
        words = "".join(
            f"<tr><td><code>{html.escape(word)}</code><td>{html.escape(meaning)}"
            for word, meaning in WORDS.items()
        )
        models = "".join(f"<li><code>{html.escape(endpoint)}</code>" for endpoint in MODELS)
        return HTMLResponse(_PAGE.format(words=words, models=models))

    async def requests(self, _: Request) -> Response:
        return JSONResponse([_shown(record) for record in self._scheduler.records])


def _shown(record: Record) -> dict[str, object]:
    names = (
        "request_id endpoint account webhook_url created_at started_at completed_at cancelled"
        " error_type input_sha256 billed deliveries delivered"
    )
    shown: dict[str, object] = {name: getattr(record, name) for name in names.split()}
    return shown | {"status": record.state, "result_status": record.status}
