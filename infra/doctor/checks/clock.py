"""Check of this machine's clock against Telegram, fal and Redis: fal's signatures are valid for five minutes.

https://www.rfc-editor.org/rfc/rfc9110#name-date
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime

import httpx
from redis.exceptions import RedisError

from infra.doctor.finding import Finding, ok, problem, warning
from infra.http_client import create_client
from infra.redis.client import connected
from infra.redis.clock import KEY, TOLERANCE, RedisClock
from infra.settings import Settings

# A Date header has whole seconds, and is the time when the response left.
_NOTICED, _HARMFUL = 5, 60
_SET = "Synchronise the clock: `timedatectl set-ntp true`."


async def check(settings: Settings) -> Sequence[Finding]:
    return [*await compare_with_services(settings), *await compare_with_redis(settings)]


async def compare_with_services(settings: Settings) -> Sequence[Finding]:
    drifts: list[float] = []
    async with create_client(read_timeout=5) as http:
        for url in (settings.tg_api_base, settings.fal_queue_base_url):
            before = time.time()
            # A server that does not return its time is not compared.
            with suppress(httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
                answer = await http.head(url)
                theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp() + 0.5
                drifts.append((before + time.time()) / 2 - theirs)
    if not drifts:
        return [warning("Telegram and fal did not return their time.", _SET)]
    drift = min(drifts, key=abs)
    if abs(drift) < _NOTICED:
        return [ok("This machine's clock agrees with Telegram and fal.")]
    what = f"This machine's clock is {abs(drift):.0f} seconds {'ahead' if drift > 0 else 'behind'}."
    return [problem(what, _SET) if abs(drift) > _HARMFUL else warning(what, _SET)]


async def compare_with_redis(settings: Settings) -> Sequence[Finding]:
    """Compare this machine's clock with Redis's, and the largest offset that a running process has reported."""
    try:
        async with connected(settings.redis_url, retries=1, connections=1) as redis:
            clock = RedisClock(redis)
            await clock.measure()
            reported = float(await redis.get(KEY) or 0)
    except RedisError:
        return []  # the check of Redis reports it
    found = []
    if abs(clock.offset) > TOLERANCE:
        found.append(warning(f"This machine's clock is {_off(clock.offset)} Redis.", _SET))
    if abs(reported) > TOLERANCE and abs(reported - clock.offset) > TOLERANCE:
        what = f"The clock of a running process is {_off(reported)} Redis."
        found.append(warning(what, f"Its log has the same warning. On its machine: {_SET}"))
    return found or [ok("The clocks of all processes agree with Redis.")]


def _off(seconds: float) -> str:
    return f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'}"
