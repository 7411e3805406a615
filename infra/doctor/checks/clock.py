"""Our clock beside those of others: fal's signatures are good for five minutes, and the service goes by Redis'.

https://www.rfc-editor.org/rfc/rfc9110#name-date
"""

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import httpx
from redis.exceptions import RedisError

from infra.doctor.finding import Finding, ok, problem, warning
from infra.http_client import create_client
from infra.redis.client import connect
from infra.redis.clock import KEY, TOLERANCE, RedisClock
from infra.settings import Settings

# A Date is whole seconds, and was true when the answer left.
_NOTICED, _HARMFUL = 5, 60
_SET = "Let the machine keep time: `timedatectl set-ntp true`."


async def check(settings: Settings) -> Sequence[Finding]:
    return [*await _beside_others(settings), *await _beside_redis(settings)]


async def _beside_others(settings: Settings) -> Sequence[Finding]:
    drifts = [
        drift
        for url in (settings.tg_api_base, settings.fal_queue_base_url)
        if (drift := await _drift(url)) is not None
    ]
    if not drifts:
        return [warning("Neither Telegram nor fal could be asked for the time.", _SET)]
    return [_judge(min(drifts, key=abs))]


async def _beside_redis(settings: Settings) -> Sequence[Finding]:
    """This machine's, and the worst that a running process has told of its own."""
    redis = connect(settings.redis_url, retries=1, connections=1)
    clock = RedisClock(redis)
    try:
        await clock.measure()
        told = float(await redis.get(KEY) or 0)
    except RedisError:
        return []  # the check of Redis says why
    finally:
        await redis.aclose(close_connection_pool=True)
    found = []
    if abs(clock.offset) > TOLERANCE:
        found.append(warning(f"It is {_off(clock.offset)} Redis'.", _SET))
    if abs(told) > TOLERANCE and abs(told - clock.offset) > TOLERANCE:
        what = f"The clock of a running process is {_off(told)} Redis'."
        found.append(warning(what, f"Its log says so, too. On that machine: {_SET}"))
    return found or [ok("Every process agrees with Redis.")]


def _off(seconds: float) -> str:
    return f"{abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'}"


async def _drift(url: str) -> float | None:
    """Seconds that our clock is ahead; None when nobody says."""
    async with create_client(read_timeout=5) as http:
        before = time.time()
        try:
            answer = await http.head(url)
            theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp() + 0.5
        except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
            return None
        return (before + time.time()) / 2 - theirs


def _judge(drift: float) -> Finding:
    if abs(drift) < _NOTICED:
        return ok("It agrees with Telegram's and fal's.")
    what = f"It is {abs(drift):.0f} seconds {'ahead' if drift > 0 else 'behind'}."
    return problem(what, _SET) if abs(drift) > _HARMFUL else warning(what, _SET)
