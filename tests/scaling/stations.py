"""The parts of an installation in simulated time. https://simpy.readthedocs.io/"""

import random
from collections.abc import Generator

from simpy import Environment, Event, Resource

type Steps = Generator[Event, object]


class Station:
    """A number of servers with one queue; each needs a core while it works, if it runs on the same machine."""

    def __init__(
        self, environment: Environment, name: str, servers: int, cores: Resource | None = None
    ) -> None:
        self.name = name
        self._environment = environment
        self._servers = Resource(environment, servers)
        self._cores = cores
        self._busy = 0.0

    def serve(self, seconds: float) -> Steps:
        with self._servers.request() as turn:
            yield turn
            yield from self._work(seconds)

    def load(self, seconds: float) -> float:
        """Share of the servers' time."""
        return self._busy / (self._servers.capacity * seconds)

    def _work(self, seconds: float) -> Steps:
        if self._cores:
            with self._cores.request() as core:
                yield core
                yield self._environment.timeout(seconds)
        else:
            yield self._environment.timeout(seconds)
        self._busy += seconds


class Redis:
    """One thread that takes all waiting commands, and writes its file once for them (`appendfsync always`)."""

    name = "Redis"

    def __init__(self, environment: Environment, write_seconds: float) -> None:
        self._environment = environment
        self._write_seconds = write_seconds
        self._waiting: list[tuple[float, Event]] = []
        self._is_awake = False
        self._busy = 0.0

    def serve(self, seconds: float) -> Steps:
        done = self._environment.event()
        self._waiting.append((seconds, done))
        if not self._is_awake:
            self._is_awake = True
            self._environment.process(self._run())
        yield done

    def load(self, seconds: float) -> float:
        """Of commands alone: the writing is shared by ever more of them."""
        return self._busy / seconds

    def _run(self) -> Steps:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            seconds = sum(one for one, _ in batch)
            yield self._environment.timeout(seconds + self._write_seconds)
            self._busy += seconds
            for _, done in batch:
                done.succeed()
        self._is_awake = False


class Chance:
    """Exponentially distributed times, which spread more than the measured ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret

    def around(self, mean: float) -> float:
        return self._random.expovariate(1 / mean)

    def happens(self, share: float) -> bool:
        return self._random.random() < share
