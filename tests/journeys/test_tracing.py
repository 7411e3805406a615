"""The spans that real processes export."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.collector import Collector, ReceivedSpan, collector
from tests.journeys.test_fal_webhook import is_done
from tests.message import has_job_id, is_photo, job_id
from tests.processes import TOKEN, Installation, eventually, said_on_failure
from tests.user import User
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_ANNA = 1001
_PROMPT = "сова на ветке"
_OF_A_PICTURE = {
    "receive update": "darkroom-webhook_app",
    "handle update": "darkroom-worker",
    "submit": "darkroom-worker",
    "collect": "darkroom-worker",
    "deliver": "darkroom-worker",
    "job created": "darkroom-worker",
    "job queued": "darkroom-worker",
    "job delivering": "darkroom-worker",
    "fal submit": "darkroom-worker",
    "fal download": "darkroom-worker",
    "telegram EditMessageMedia": "darkroom-worker",
}


@pytest.fixture(params=["polling", "webhook"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, Collector]]:
    folder: Path = tmp_path_factory.mktemp("traced")
    with collector() as collected, ValkeyServer(folder) as valkey:
        settings = {"otel_endpoint": collected.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with Installation(folder, valkey.url, request.param, settings=settings) as running:
            yield running, collected


async def test_one_trace_from_update_to_delivery(
    traced: tuple[Installation, Collector],
) -> None:
    """One trace has webhook_app, worker, each step and its calls, in both update modes; no byte of it has a prompt,
    token or key."""
    installation, collected = traced
    async with User(installation.telegram_url, _ANNA) as anna:
        with said_on_failure(installation):
            await anna.say(f"/image {_PROMPT}")
            made = job_id(await anna.wait_for(has_job_id))
            await anna.wait_for(is_photo, timeout=25)
            await eventually(partial(is_done, installation, made), "the job has ended")
            await asyncio.to_thread(installation.worker.stop)

    async def has_all() -> bool:
        return {*_OF_A_PICTURE} <= {span.name for span in collected.spans()}

    await eventually(has_all, "every span", 10)
    trace = _trace_of(made, collected)
    assert {span.name: span.service for span in trace}.items() >= _OF_A_PICTURE.items()
    _check_tree(trace)
    arrived = b"".join(collected.bodies)
    for private in (_PROMPT, TOKEN, "sandbox:key", "a-secret-for-the-tests", "/bot", "://"):
        assert private.encode() not in arrived


def _trace_of(job: str, collected: Collector) -> list[ReceivedSpan]:
    """Return the spans of the one trace that has this job's steps."""
    spans = collected.spans()
    [trace_id] = {span.trace_id for span in spans if span.attributes.get("darkroom.job") == job}
    return [span for span in spans if span.trace_id == trace_id]


def _check_tree(trace: list[ReceivedSpan]) -> None:
    """Check that one span is the root, every other has a parent in the trace, and calls belong to a step."""
    by_id = {span.span_id: span for span in trace}
    assert len(by_id) == len(trace)
    [first] = [span for span in trace if not span.parent_id]
    assert first.name == "receive update"
    assert {span.parent_id for span in trace if span is not first} <= {*by_id}
    [submitted] = [span for span in trace if span.name == "fal submit"]
    assert by_id[submitted.parent_id].name == "submit"
    assert by_id[submitted.parent_id].attributes["darkroom.state"] == "queued"
