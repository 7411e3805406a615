import asyncio
import contextlib

import pytest
from arq.connections import ArqRedis
from prometheus_client.parser import text_string_to_metric_families

from infra.observability.metrics import KEY, Meter, expose, flushing, read, series
from infra.redis.client import UNAVAILABLE, connect


async def test_two_processes_count_together(redis: ArqRedis) -> None:
    """What each adds is summed, whole numbers and seconds alike."""
    one, other = Meter(), Meter()
    for meter in (one, other, other):
        meter.count("darkroom_updates_total", outcome="handled")
        meter.observe("darkroom_update_seconds", 0.25)
    await one.flush(redis)
    await other.flush(redis)
    found = await read(redis)
    assert found['darkroom_updates_total{outcome="handled"}'] == 3
    assert found["darkroom_update_seconds_sum"] == 0.75
    assert found['darkroom_update_seconds_bucket{le="0.1"}'] == 0
    assert found['darkroom_update_seconds_bucket{le="0.25"}'] == 3
    assert found["darkroom_update_seconds_count"] == 3


async def test_what_was_told_is_not_told_again(redis: ArqRedis) -> None:
    """And who has nothing to tell asks nothing of Redis."""
    meter = Meter()
    meter.count("darkroom_storage_errors_total")
    await meter.flush(redis)
    await redis.delete(KEY)
    await meter.flush(redis)
    assert await read(redis) == {}


async def test_counts_wait_for_a_redis_that_is_away(redis: ArqRedis) -> None:
    """They are told when it is back, together with what came meanwhile."""
    away = connect("redis://127.0.0.1:1/0", retries=0)
    meter = Meter()
    meter.count("darkroom_storage_errors_total")
    with pytest.raises(UNAVAILABLE):
        await meter.flush(away)
    meter.count("darkroom_storage_errors_total")
    await meter.flush(redis)
    assert await read(redis) == {"darkroom_storage_errors_total": 2}


async def test_a_process_that_ends_tells_what_is_left(redis: ArqRedis) -> None:
    """Also when it ends by an error, and before the first seconds are over."""
    meter = Meter()
    with contextlib.suppress(ZeroDivisionError):
        async with flushing(meter, redis):
            meter.count("darkroom_storage_errors_total")
            await asyncio.sleep(0)
            raise ZeroDivisionError
    assert await read(redis) == {"darkroom_storage_errors_total": 1}


def test_prometheus_reads_what_is_exposed() -> None:
    """Its own parser finds names, any label, and buckets in their order; a stranger's series is left out."""
    label = 'a "b" \\ c\n'
    samples = {
        series("darkroom_jobs_total", model=label): 2.0,
        **{f'darkroom_update_seconds_bucket{{le="{le}"}}': 1.0 for le in ("10", "2.5", "+Inf")},
        "darkroom_of_another_version": 1.0,
    }
    text = expose(samples)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["darkroom_jobs"].samples[0].labels == {"model": label}
    buckets = [sample.labels["le"] for sample in families["darkroom_update_seconds"].samples]
    assert buckets == ["2.5", "10", "+Inf"]
    assert "another_version" not in text
