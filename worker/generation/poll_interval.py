"""When to ask fal for a job's status: often around the time at which its model usually ends, rarely before and after.

The interval follows the optimal inspection schedule of Barlow, Hunter and Proschan ("Optimum checking procedures",
1963): the square root of twice the price of a call, divided by the rate at which jobs end at that moment.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import sqrt

from worker.generation.policies import PollingPolicy
from worker.jobs.duration_stats import Durations
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.schedule import JobSchedule
from worker.model import Job

SHORTEST = 0.05
# Seconds of delay that one call is worth, for a model that takes a second, and the power of its duration with which
# they grow: an image of some seconds is found 0.1 s late after 8 polls, a video of a minute or two 2 s late after 15.
_PRICE, _POWER = 0.006, 0.68
# Where no sample is near, after n seconds: the chance in a second, divided by n, that the job ends. Before the earliest
# sample, and after the last one, when something is unusual.
_EARLY_RATE, _LATE_RATE = 0.005, 0.5
# A sample represents the time around it: this part of it. More before, because a poll found the end some time after it.
_BEFORE, _AFTER = 0.15, 0.03
# How finely time is divided to add up the rate: in parts of the elapsed time, and at least in seconds.
_STEP, _LEAST_STEP = 0.02, 0.02


class PollIntervals:
    """The seconds until a job's next poll."""

    def __init__(
        self,
        durations: Durations,
        webhooks: WebhookStore,
        schedule: JobSchedule,
        policy: PollingPolicy,
    ) -> None:
        self._durations = durations
        self._webhooks = webhooks
        self._schedule = schedule
        self._policy = policy

    async def first(self, job: Job) -> float:
        """Return when to poll a job that fal has just accepted."""
        policy = self._policy
        soon = min(policy.first_poll, policy.poll_interval)
        if job.webhook_token and await self._webhooks.are_working():
            return soon
        samples = await self._durations.samples(job.request.model)
        return min(soon, self._expected(samples, 0)) if samples else soon

    async def next(self, job: Job, now: float) -> float:
        """Return when to poll again a job that has not ended."""
        policy = self._policy
        if job.webhook_token and await self._webhooks.are_working():
            # More seconds if nothing changes and many jobs are active.
            rarest = max(policy.safety_interval, self._schedule.followed / policy.safety_polls)
            return max(policy.poll_interval, min((now - job.updated_at) / 2, rarest))
        samples = await self._durations.samples(job.request.model)
        if not samples or not job.submitted_at or job.position:
            return policy.poll_interval
        # Many jobs share the polls that one worker can make in time.
        least = min(policy.poll_interval, self._schedule.followed / policy.most_polls)
        return max(least, self._expected(samples, now - job.submitted_at))

    def _expected(self, samples: Sequence[float], elapsed: float) -> float:
        policy = self._policy
        longest = min(max(policy.poll_interval, elapsed), 3 * policy.poll_interval)
        return poll_wait(samples, elapsed, longest)


def poll_wait(samples: Sequence[float], elapsed: float, longest: float) -> float:
    """Return the seconds until the next poll of a job that has not ended after `elapsed` seconds.

    `samples` are the durations of such jobs in ascending order. The polls lie so that their density is the root of the
    rate of ends at each moment: the next one is where it adds up to one poll.
    """
    price = _PRICE * max(SHORTEST, samples[len(samples) // 2]) ** _POWER
    at, polls = elapsed, 0.0
    while at < elapsed + longest:
        step = max(_LEAST_STEP, _STEP * at)
        polls += step * sqrt(_end_rate(samples, at) / (2 * price))
        at += step
        if polls >= 1:
            return min(max(SHORTEST, at - elapsed), longest)
    return longest


def _end_rate(samples: Sequence[float], at: float) -> float:
    """Return the chance in a second that a job ends now, of those that have not ended before."""
    ended = bisect_left(samples, at * (1 - _AFTER))
    ending = bisect_right(samples, at * (1 + _BEFORE)) - ended
    if ending == 0:
        return (_EARLY_RATE if ended == 0 else _LATE_RATE) / max(at, 1)
    return ending / ((_BEFORE + _AFTER) * max(at, SHORTEST) * (len(samples) - ended))
