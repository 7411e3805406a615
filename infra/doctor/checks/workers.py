"""Check that every queue has a live worker."""

from collections.abc import Sequence

from infra.doctor.finding import Finding, ok, problem, warning
from infra.queues import QUEUES, health_key
from infra.redis.client import UNAVAILABLE, connected
from infra.settings import Settings


async def check(settings: Settings) -> Sequence[Finding]:
    try:
        async with connected(settings.redis_url, retries=1, connections=1) as redis:
            signs = await redis.mget([health_key(queue) for queue in QUEUES])
    except UNAVAILABLE:
        return [
            warning("Not checked: Redis does not answer.", "Fix the problem of the check redis.")
        ]
    idle = [queue for queue, sign in zip(QUEUES, signs, strict=True) if sign is None]
    if idle:
        start = "Start one: `darkroom worker`, or the service that runs it. See its log for why it ended."
        return [problem(f"No worker serves {', '.join(idle)}.", start)]
    return [ok(f"Every queue has a worker: {', '.join(QUEUES)}.")]
