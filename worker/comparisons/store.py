"""Comparisons: one order for two to four models, shown by letters until a vote or the author reveals the models.

A user has one vote, which they can change until then. Only the script counts votes, so the ranking matches them after
any crash. Every key is listed in docs/redis.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from arq.connections import ArqRedis

from infra.fal.model import Work
from infra.redis.script import Key, lua_script
from worker.comparisons.ranking import ranking_key
from worker.model import LETTERS

#: A vote for none of the results.
TIE = "tie"
FEWEST, MOST = 2, len(LETTERS)
#: As long as replies to its messages work (worker/jobs/message_index.py).
KEPT_SECONDS = 30 * 24 * 3600


class Outcome(StrEnum):
    """What became of a vote."""

    COUNTED = "counted"
    CHANGED = "changed"
    CLOSED = "closed"  # the models are known
    GONE = "gone"  # no such comparison, or it has no such result


@lua_script
async def vote(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis, *, comparison: Key, ranking: Key, user: str, choice: str, reveals: bool
) -> Any:
    """Vote for a letter or a tie ('': not at all): an Outcome."""


@dataclass(frozen=True)
class Comparison:
    """Job ids and models by letter. `candidates` are the letters with a result.

    `votes` counts the votes by letter, and ties.
    """

    id: str
    owner: int
    work: Work
    jobs: Mapping[str, str]
    models: Mapping[str, str]
    candidates: str
    is_revealed: bool = False
    votes: Mapping[str, int] = field(default_factory=dict)

    @property
    def voters(self) -> int:
        return sum(self.votes.values())

    @classmethod
    def parse(cls, comparison_id: str, stored: Mapping[bytes, bytes]) -> Self:
        values = {name.decode(): value.decode() for name, value in stored.items()}

        def by_choice(prefix: str) -> dict[str, str]:
            named = {choice: values.get(f"{prefix}:{choice}") for choice in (*LETTERS, TIE)}
            return {choice: value for choice, value in named.items() if value is not None}

        return cls(
            id=comparison_id,
            owner=int(values["owner"]),
            work=Work(values["work"]),
            jobs=by_choice("job"),
            models=by_choice("model"),
            candidates=values["candidates"],
            is_revealed="revealed" in values,
            votes={choice: int(count) for choice, count in by_choice("votes").items()},
        )


class ComparisonStore:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def open(self, comparison: Comparison) -> None:
        """Let users vote for the candidates, whose results are shown; a repeated call changes nothing."""
        key = _key(comparison.id)
        fields = {
            "owner": str(comparison.owner),
            "work": comparison.work.value,
            "candidates": comparison.candidates,
            **{f"job:{letter}": job_id for letter, job_id in comparison.jobs.items()},
            **{f"model:{letter}": model for letter, model in comparison.models.items()},
        }
        async with self._redis.pipeline(transaction=True) as pipe:
            for name, value in fields.items():
                pipe.hsetnx(key, name, value)
            pipe.expire(key, KEPT_SECONDS)
            await pipe.execute()

    async def get(self, comparison_id: str) -> Comparison | None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(_key(comparison_id))
            stored: dict[bytes, bytes] = (await pipe.execute())[0]
        return Comparison.parse(comparison_id, stored) if stored else None

    async def vote(
        self, comparison: Comparison, user_id: int, choice: str, *, reveals: bool
    ) -> Outcome:
        """Count a user's vote for a letter or `TIE`; `reveals` ends the voting with it."""
        return await self._vote(comparison, str(user_id), choice, reveals=reveals)

    async def reveal(self, comparison: Comparison) -> Outcome:
        """End the voting."""
        return await self._vote(comparison, "", "", reveals=True)

    async def _vote(
        self, comparison: Comparison, user: str, choice: str, *, reveals: bool
    ) -> Outcome:
        outcome: bytes = await vote(
            self._redis,
            comparison=_key(comparison.id),
            ranking=ranking_key(comparison.work),
            user=user,
            choice=choice,
            reveals=reveals,
        )
        return Outcome(outcome.decode())


def _key(comparison_id: str) -> str:
    return f"darkroom:comparison:{comparison_id}"
