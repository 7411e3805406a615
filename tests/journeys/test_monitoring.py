"""/metrics, and JSON logs that follow a request from webhook_app to the end of its job."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from infra.observability.metrics import FAMILIES
from tests.journeys.test_fal_webhook import is_done
from tests.message import has_job_id, is_photo, job_id
from tests.processes import TOKEN, Installation, eventually, said_on_failure
from tests.user import User
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_ANNA = 1001
_PROMPT = "сова на ветке"

type Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with webhooks and JSON logs at DEBUG."""
    folder = tmp_path_factory.mktemp("watched")
    settings = {"log_format": "json", "log_level": "DEBUG"}
    with (
        ValkeyServer(folder) as valkey,
        Installation(folder, valkey.url, "webhook", settings=settings) as running,
    ):
        yield running


@pytest.fixture(scope="module")
async def made(watched: Installation) -> AsyncIterator[str]:
    """Deliver one image, fail another job; return the first one's id."""
    async with User(watched.telegram_url, _ANNA) as anna:
        with said_on_failure(watched):
            await anna.say(f"/image {_PROMPT} #fail")
            await anna.wait_for_text("❌", timeout=25)
            await anna.say(f"/image {_PROMPT}")
            made = job_id(await anna.wait_for(has_job_id))
            await anna.wait_for(is_photo, timeout=25)
            await eventually(partial(is_done, watched, made), "the job has ended")
            yield made


async def figures(installation: Installation) -> Figures:
    async with httpx.AsyncClient(base_url=installation.api_url) as api:
        answer = await api.get("/metrics")
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    assert {family.name.removesuffix("_total") for family in families} == {
        name.removesuffix("_total") for name in FAMILIES
    }
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def total(found: Figures, name: str, **labels: str) -> float:
    return sum(
        value
        for (series, own), value in found.items()
        if series == name and own >= {*labels.items()}
    )


async def test_metrics_cover_all_processes(watched: Installation, made: str) -> None:
    """webhook_app serves what the workers count: an image, a failure, their durations and costs."""

    async def has_come() -> bool:
        done = total(await figures(watched), "darkroom_jobs_total", kind="image", status="done")
        return done == 1

    await eventually(has_come, "the worker's figures", 15)
    found = await figures(watched)
    assert total(found, "darkroom_jobs_total", status="created", model="fal-ai/flux/schnell") == 2
    assert total(found, "darkroom_jobs_total", status="failed") == 1
    assert total(found, "darkroom_job_failures_total") == 1
    assert total(found, "darkroom_job_state_seconds_count", status="submitting") == 2
    assert total(found, "darkroom_updates_total", outcome="received") == 2
    assert total(found, "darkroom_updates_total", outcome="handled") == 2
    assert total(found, "darkroom_fal_seconds_count", call="submit") == 2
    assert total(found, "darkroom_telegram_calls_total", outcome="ok") > 2
    assert total(found, "darkroom_spend_today_dollars", model="fal-ai/flux/schnell") > 0
    assert total(found, "darkroom_dependency_up", dependency="img_queue") == 1
    assert total(found, "darkroom_fal_webhooks_arriving") == 1
    assert total(found, "darkroom_dead_letters") == 0
    assert total(found, "darkroom_jobs_active") == 0


async def test_metrics_have_no_personal_labels(watched: Installation, made: str) -> None:
    """No user, job, prompt or token is in a label."""
    async with httpx.AsyncClient(base_url=watched.api_url) as api:
        text = (await api.get("/metrics")).text
    for private in (str(_ANNA), made, "сова", TOKEN):
        # Not as a part of a number.
        assert not re.search(rf"(?<![\d.]){re.escape(private)}(?!\d)", text)


async def test_metrics_survive_a_worker_restart(watched: Installation, made: str) -> None:
    """The counters of a worker that ended are kept, and the next worker adds to them."""
    before = total(await figures(watched), "darkroom_updates_total", outcome="handled")
    await asyncio.to_thread(watched.worker.stop)
    watched.worker.start()
    await asyncio.to_thread(watched.wait_until_healthy)
    async with User(watched.telegram_url, _ANNA) as anna:
        await anna.say("/ping")
        await anna.wait_for_text(" мс")

    async def has_come() -> bool:
        handled = total(await figures(watched), "darkroom_updates_total", outcome="handled")
        return handled == before + 1

    await eventually(has_come, "what was handled before and after", 15)


async def test_request_id_links_a_jobs_log_lines(watched: Installation, made: str) -> None:
    """Every line about a job has its id, its chat's id and the id of the request that webhook_app logged."""
    webhook_app, worker = (entries(process.log) for process in (watched.web, watched.worker))
    about_it = [
        entry for entry in (*webhook_app, *worker) if made in entry["message"] and _is_ours(entry)
    ]
    assert {entry["process"] for entry in about_it} == {"webhook_app", "worker"}
    assert {entry.get("job") for entry in about_it} == {made}
    [request] = {entry.get("request") for entry in about_it}
    [kept] = [
        entry for entry in webhook_app if entry.get("request") == request and "update" in entry
    ]
    handled = [entry for entry in worker if entry.get("update") == kept["update"]]
    assert {entry["request"] for entry in handled} == {request}
    assert {int(entry["chat"]) for entry in (kept, *about_it)} == {_ANNA}
    assert _PROMPT not in watched.web.log.read_text() + watched.worker.log.read_text()


async def test_every_response_has_a_request_id(watched: Installation) -> None:
    """A repeated update has the same request id; an id from outside is ignored."""
    secret = {"X-Telegram-Bot-Api-Secret-Token": watched.environment["tg_webhook_secret"]}
    async with httpx.AsyncClient(base_url=watched.api_url) as api:
        twice = [
            await api.post("/telegram/webhook", json={"update_id": 999_999_999}, headers=secret)
            for _ in range(2)
        ]
        others = [await api.get("/version", headers={"X-Request-ID": "mine"}) for _ in range(2)]
        refused = await api.post("/telegram/webhook", json={})
    assert [answer.headers["X-Request-ID"] for answer in twice] == ["u999999999"] * 2
    ids = {answer.headers["X-Request-ID"] for answer in (*others, refused)}
    assert len(ids) == 3
    assert "mine" not in ids


def entries(log: Path) -> list[dict[str, Any]]:
    """Parse the log; each line is a JSON object."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def _is_ours(entry: dict[str, Any]) -> bool:
    """Leave out arq's DEBUG lines from before the job is known."""
    return not entry["logger"].startswith("arq")
