"""Who writes, and how we speak to them."""

from dataclasses import dataclass

from infra.texts import Phrases
from worker.people import Person


@dataclass(frozen=True)
class Visitor:
    person: Person
    say: Phrases
