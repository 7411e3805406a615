"""The team's own ranking of models, from the votes of comparisons: who won against whom, for each work.

Votes are counted without voters, so a ranking has nothing about users. Every key is listed in docs/redis.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from arq.connections import ArqRedis

from infra.fal.model import Work

#: Kinds of work whose models can be compared.
COMPARED = (Work.IMAGE, Work.IMAGE_EDIT, Work.VIDEO, Work.IMAGE_TO_VIDEO)
#: A ranking without votes for this time ends.
RANKING_SECONDS = 400 * 24 * 3600
#: With fewer duels a share of wins says little: such models come last.
ENOUGH_DUELS = 5


@dataclass(frozen=True)
class Duels:
    """Votes between two models, seen from the first of them."""

    won: int = 0
    lost: int = 0
    tied: int = 0

    @property
    def count(self) -> int:
        return self.won + self.lost + self.tied

    @property
    def share(self) -> float:
        """The part that was won, from 0 to 1; a tie is half of a win."""
        return (self.won + self.tied / 2) / self.count if self.count else 0.0

    def __add__(self, other: "Duels") -> "Duels":
        return Duels(self.won + other.won, self.lost + other.lost, self.tied + other.tied)


@dataclass(frozen=True)
class Standing:
    """A model and its duels, in total and by the other model."""

    model: str
    against: Mapping[str, Duels] = field(default_factory=dict)

    @property
    def total(self) -> Duels:
        return sum(self.against.values(), Duels())

    @property
    def is_certain(self) -> bool:
        return self.total.count >= ENOUGH_DUELS


class Rankings:
    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def read(self) -> dict[Work, list[Standing]]:
        """Return the ranking of each work that has votes, best model first, models with few duels last."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for work in COMPARED:
                pipe.hgetall(ranking_key(work))
            stored = zip(COMPARED, await pipe.execute(), strict=True)
        return {work: _standings(votes.items()) for work, votes in stored if votes}


def ranking_key(work: Work) -> str:
    return f"darkroom:ranking:{work}"


def _standings(votes: Iterable[tuple[bytes, bytes]]) -> list[Standing]:
    """Sum up fields such as `winner>loser` and `one=other`; a changed vote may leave zeros."""
    against: dict[str, dict[str, Duels]] = {}

    def add(model: str, other: str, duels: Duels) -> None:
        known = against.setdefault(model, {})
        known[other] = known.get(other, Duels()) + duels

    for name, stored in votes:
        count, pair = int(stored), name.decode()
        if count <= 0:
            continue
        if ">" in pair:
            winner, _, loser = pair.partition(">")
            add(winner, loser, Duels(won=count))
            add(loser, winner, Duels(lost=count))
        else:
            one, _, other = pair.partition("=")
            add(one, other, Duels(tied=count))
            add(other, one, Duels(tied=count))
    standings = [Standing(model, duels) for model, duels in against.items()]
    return sorted(
        standings,
        key=lambda each: (not each.is_certain, -each.total.share, -each.total.count, each.model),
    )
