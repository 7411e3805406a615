"""Who writes, and how we speak to them."""

from dataclasses import dataclass

from infra.i18n import Phrases
from worker.users.store import Person


@dataclass(frozen=True)
class CurrentUser:
    person: Person
    say: Phrases
