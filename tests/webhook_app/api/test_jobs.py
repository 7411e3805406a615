import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from arq.connections import ArqRedis
from httpx_sse import aconnect_sse

from infra.fal.tasks import TaskId
from tests.clock import Clock
from tests.webhook_app.client import serve, settings_for
from tests.webhook_app.fake_telegram import eventually
from worker.jobs.store import JobStore
from worker.limits.limits import Limits
from worker.model import File, Job, Kind, Request, Status, new_job_id

PROMPT = "a red apple"


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.25)


@pytest.fixture
def store(redis: ArqRedis, clock: Clock) -> JobStore:
    return JobStore(redis, Limits(), clock, lambda: new_job_id(clock))


async def create(store: JobStore, user: int = 1, origin: str = "1", kind: Kind = Kind.IMAGE) -> Job:
    request = Request(
        kind=kind,
        user_id=user,
        chat_id=user,
        message_id=1,
        language="en",
        prompt=PROMPT,
        model="fal-ai/flux/schnell",
        options={"number": 2},
    )
    return await store.create(request, origin)


async def test_job_has_iso_times_and_no_provider_urls(
    client: httpx.AsyncClient, store: JobStore
) -> None:
    """The response has every field of the job except URLs that grant access elsewhere."""
    job = await create(store)
    file = File(key="images/a.png", content_type="image/png", size=9, width=3, height=2)
    await store.move(
        job,
        {Status.CREATED},
        Status.DONE,
        due=None,
        files=[file.model_dump()],
        task=TaskId("a-request", *["https://queue.fal.run/secret"] * 3).dumps(),
        result_urls=["https://v3.fal.media/secret.png"],
        seed="42",
        finished_at=1_800_000_009.5,
    )
    answer = await client.get(f"/jobs/{job.id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": job.id,
        "kind": "image",
        "status": "done",
        "user_id": 1,
        "chat_id": 1,
        "prompt": PROMPT,
        "model": "fal-ai/flux/schnell",
        "options": {"number": 2},
        "created_at": "2027-01-15T08:00:00.250+00:00",
        "updated_at": "2027-01-15T08:00:00.250+00:00",
        "finished_at": "2027-01-15T08:00:09.500+00:00",
        "seed": "42",
        "files": [file.model_dump(exclude={"transparent"}, exclude_none=True)],
    }


@pytest.mark.parametrize("job_id", ["0000000000000000", "nonsense", "ÿ", "%2e%2e"])
async def test_unknown_job_is_not_found(client: httpx.AsyncClient, job_id: str) -> None:
    """Anything that is not a job's id is a 404, on both endpoints."""
    for path in (f"/jobs/{job_id}", f"/jobs/{job_id}/events"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("field", "value"), [("status", "?"), ("created_at", "NaN"), ("request", "")]
)
async def test_damaged_job_is_reported(
    client: httpx.AsyncClient, store: JobStore, redis: ArqRedis, field: str, value: str
) -> None:
    """The list, the page and the metrics work; they name the broken fields and never show their values."""
    torn, whole = await create(store), await create(store, origin="2")
    await redis.hset(f"darkroom:job:{torn.id}", field, value)  # type: ignore[misc]
    listed = (await client.get("/jobs")).json()
    assert [job["id"] for job in listed["jobs"]] == [whole.id]
    assert listed["damaged"] == [
        {"id": torn.id, "reason": f"its record is damaged: {field}"},
    ]
    assert "damaged" not in (await client.get("/jobs", params={"status": "created"})).json()
    for path in (f"/jobs/{torn.id}", f"/jobs/{torn.id}/events"):
        answer = await client.get(path)
        assert answer.status_code == 410
        assert field in answer.json()["detail"]
        assert PROMPT not in answer.text
    page = (await client.get("/")).text
    assert f"its record is damaged: {field}" in page
    assert whole.id in page
    assert "darkroom_dead_letters 1" in (await client.get("/metrics")).text


async def test_pages_are_stable_while_jobs_are_created(
    client: httpx.AsyncClient, store: JobStore, clock: Clock
) -> None:
    """Every job is listed once, newest first, even if a job is created between two pages."""
    made = []
    for number in range(5):
        clock.advance(1)
        made.append((await create(store, origin=str(number))).id)
    first = (await client.get("/jobs", params={"limit": 2})).json()
    clock.advance(1)
    await create(store, origin="later")
    listed = [job["id"] for job in first["jobs"]]
    while "cursor" in first:
        first = (await client.get("/jobs", params={"limit": 2, "cursor": first["cursor"]})).json()
        listed += [job["id"] for job in first["jobs"]]
    assert listed == made[::-1]


async def test_filter_by_user_and_status(
    client: httpx.AsyncClient, store: JobStore, clock: Clock
) -> None:
    """Both filters narrow the list; several statuses may be joined or repeated."""
    ids = {}
    for user, status in ((1, Status.DONE), (1, Status.FAILED), (2, Status.DONE), (1, None)):
        clock.advance(1)
        job = await create(store, user, f"{user} {status}")
        if status:
            await store.move(job, {Status.CREATED}, status, due=None)
        ids[user, status] = job.id

    async def listed(query: str) -> list[str]:
        return [job["id"] for job in (await client.get(f"/jobs?{query}")).json()["jobs"]]

    assert await listed("user=2") == [ids[2, Status.DONE]]
    ended = [ids[1, Status.FAILED], ids[1, Status.DONE]]
    assert await listed("user=1&status=done,failed") == ended
    assert await listed("user=1&status=done&status=failed") == ended
    assert await listed("user=3") == []


async def test_prepared_job_is_created_for_clients(
    client: httpx.AsyncClient, store: JobStore, clock: Clock
) -> None:
    """The status is newer than the API, whose values stay as they were, in a job and in the filter."""
    job = await create(store, 1, "one")
    inputs = ["inputs/2026/11/29/one-1.png"]
    await store.move(job, {Status.CREATED}, Status.PREPARED, due=9, inputs=inputs)
    assert (await client.get(f"/jobs/{job.id}")).json()["status"] == "created"
    page = (await client.get("/jobs", params={"status": "created"})).json()
    assert [found["status"] for found in page["jobs"]] == ["created"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("user=me", "user"),
        ("status=finished", "status"),
        ("status=prepared", "status"),
        ("status=", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=../../etc", "cursor"),
        ("page=2", "page"),
    ],
)
async def test_invalid_parameter_is_named(
    client: httpx.AsyncClient, query: str, named: str
) -> None:
    """A 422 says which parameter is wrong, and how."""
    answer = await client.get(f"/jobs?{query}")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [named]


async def test_events_stream_to_the_last_status(
    client: httpx.AsyncClient, store: JobStore, clock: Clock
) -> None:
    """The stream sends the current job, then every step, and closes after the last."""
    job = await create(store)
    seen = []
    async for event in _events(client, job.id):
        seen.append(event["status"])
        clock.advance(1)
        if event["status"] == "created":
            await store.move(job, {Status.CREATED}, Status.SUBMITTING, due=None)
        elif event["status"] == "submitting":
            await store.move(job, {Status.SUBMITTING}, Status.FAILED, due=None)
    assert seen == ["created", "submitting", "failed"]


async def test_events_of_a_known_end_are_204(client: httpx.AsyncClient, store: JobStore) -> None:
    """A browser reconnects until it gets 204."""
    job = await create(store)
    await store.move(job, {Status.CREATED}, Status.DONE, due=None)
    async with aconnect_sse(client, "GET", f"/jobs/{job.id}/events") as source:
        [event] = [event async for event in source.aiter_sse()]
    answer = await client.get(f"/jobs/{job.id}/events", headers={"Last-Event-ID": event.id})
    assert answer.status_code == 204


async def test_events_send_keepalive_comments(
    client: httpx.AsyncClient, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies close quiet connections: a comment keeps this one alive, and an unchanged job is not sent again."""
    monkeypatch.setattr("webhook_app.api.jobs._HEARTBEAT", 0.05)
    job = await create(store)
    lines = []
    async with client.stream("GET", f"/jobs/{job.id}/events") as answer:
        async for line in answer.aiter_lines():
            lines.append(line)
            if sum(line.startswith(":") for line in lines) == 3:
                break
    assert sum(line.startswith("data:") for line in lines) == 1


async def test_shutdown_closes_streams(valkey_url: str, store: JobStore) -> None:
    """A client that follows a job does not delay a restart."""
    job = await create(store)
    async with httpx.AsyncClient() as reader:
        async with serve(settings_for(valkey_url)) as client:
            address = f"{client.base_url}/jobs/{job.id}/events"
            source = await reader.send(reader.build_request("GET", address), stream=True)
            stopping_at = time.monotonic()
        assert time.monotonic() - stopping_at < 3
        await source.aclose()


async def test_disconnect_ends_the_subscription(
    client: httpx.AsyncClient, store: JobStore, redis: ArqRedis
) -> None:
    """No subscription stays after its client has disconnected."""
    job = await create(store)
    channel = f"darkroom:events:{job.id}"
    async with aconnect_sse(client, "GET", f"/jobs/{job.id}/events") as source:
        await anext(source.aiter_sse())
        assert dict(await redis.pubsub_numsub(channel)) == {channel.encode(): 1}
    await eventually(lambda: _has_no_subscribers(redis, channel))


async def _has_no_subscribers(redis: ArqRedis, channel: str) -> bool:
    return dict(await redis.pubsub_numsub(channel)) == {channel.encode(): 0}


async def _events(client: httpx.AsyncClient, job_id: str) -> AsyncIterator[dict[str, Any]]:
    async with aconnect_sse(client, "GET", f"/jobs/{job_id}/events") as source:
        async for event in source.aiter_sse():
            yield json.loads(event.data)
