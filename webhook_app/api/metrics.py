"""GET /metrics, for Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/."""

import asyncio

from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from infra.observability.metrics import CONTENT_TYPE, expose, series
from infra.process.version import read_version
from webhook_app.api.health_checks import HealthState
from webhook_app.api.metrics_reader import MetricsReader


class MetricsState(HealthState):
    metrics_reader: MetricsReader


async def show_metrics(request: StarletteRequest[MetricsState]) -> Response:
    """Answer without Redis too: the metrics then report that it is not available."""
    report = await request.state["dependencies"].report()
    samples = {**await request.state["metrics_reader"].read()}
    for name, problem in report.items():
        samples[series("darkroom_dependency_up", dependency=name)] = float(problem is None)
    version = await asyncio.to_thread(read_version)
    build = series(
        "darkroom_build_info",
        version=version["version"],
        commit=version["commit"] or "",
        python=version["python"],
    )
    samples[build] = 1.0
    return Response(expose(samples), media_type=CONTENT_TYPE)
