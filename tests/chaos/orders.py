"""Orders, and how each of them may end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random

#: Fault words of the fake fal (infra/sandbox/fal/fault_words.py) with the failures that they explain.
FAULT_WORDS: Mapping[str, frozenset[str]] = {
    "#cdn": frozenset(),
    "#hang": frozenset(),
    "#twice": frozenset(),
    "#nohook": frozenset(),
    "#latehook": frozenset(),
    "#nullpayload": frozenset(),
    "#lost": frozenset(),
    "#500": frozenset(),
    "#down": frozenset(),
    "#nsfw": frozenset({"moderation"}),
    "#empty": frozenset({"nothing_made"}),
    "#black": frozenset({"moderation"}),
    "#fail": frozenset({"provider_down"}),
    "#badimage": frozenset({"broken_result"}),
    "#locked": frozenset({"balance"}),
    "#busy": frozenset({"busy"}),
}
# Two thirds of the orders have no fault word.
_CALM = 2


@dataclass(frozen=True)
class Order:
    """One order of one user (by number); its tag is in the prompt, so that it can be found from outside."""

    number: int
    user: int
    problem: str | None

    @property
    def tag(self) -> str:
        return f"order-{self.number:05d}"

    @property
    def prompt(self) -> str:
        return " ".join(filter(None, ("a boat", self.tag, self.problem)))

    @property
    def failures(self) -> frozenset[str]:
        """The kinds of failure that its fault word explains."""
        return FAULT_WORDS[self.problem] if self.problem else frozenset()


def make_orders(
    random: Random, jobs: int, users: int, problem: Collection[str] = FAULT_WORDS
) -> list[Order]:
    words = [*problem, *[None] * (_CALM * len(problem))]
    return [Order(number, number % users, random.choice(words)) for number in range(jobs)]
