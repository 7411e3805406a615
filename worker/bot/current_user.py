"""The user of an update and the texts in their language."""

from dataclasses import dataclass

from infra.i18n import Phrases
from worker.users.store import User


@dataclass(frozen=True)
class CurrentUser:
    user: User
    t: Phrases
