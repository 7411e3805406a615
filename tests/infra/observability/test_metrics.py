import asyncio
import contextlib

import pytest
from arq.connections import ArqRedis
from prometheus_client.parser import text_string_to_metric_families

from infra.observability.metrics import KEY, Meter, expose, flushing, read, series
from infra.redis.client import UNAVAILABLE, connect


async def test_two_processes_are_summed(redis: ArqRedis) -> None:
    """Whole numbers and seconds of two processes are summed."""
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


async def test_sent_counts_are_not_sent_again(redis: ArqRedis) -> None:
    """Counts are sent once, and without new counts nothing is sent to Redis."""
    meter = Meter()
    meter.count("darkroom_storage_errors_total")
    await meter.flush(redis)
    await redis.delete(KEY)
    await meter.flush(redis)
    assert await read(redis) == {}


async def test_counts_wait_for_an_unreachable_redis(redis: ArqRedis) -> None:
    """They are sent when Redis is back, together with later counts."""
    away = connect("redis://127.0.0.1:1/0", retries=0)
    meter = Meter()
    meter.count("darkroom_storage_errors_total")
    with pytest.raises(UNAVAILABLE):
        await meter.flush(away)
    meter.count("darkroom_storage_errors_total")
    await meter.flush(redis)
    assert await read(redis) == {"darkroom_storage_errors_total": 2}


async def test_process_sends_remaining_counts_on_exit(redis: ArqRedis) -> None:
    """Also after an error, and before the first interval is over."""
    meter = Meter()
    with contextlib.suppress(ZeroDivisionError):
        async with flushing(meter, redis):
            meter.count("darkroom_storage_errors_total")
            await asyncio.sleep(0)
            raise ZeroDivisionError
    assert await read(redis) == {"darkroom_storage_errors_total": 1}


def test_prometheus_parses_the_exposition() -> None:
    """Prometheus's own parser reads names, any label, and buckets in order; an unknown series is omitted."""
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
