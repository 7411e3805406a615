"""Roles of users: admins are in the settings, guests are those that an admin has chosen, all others are members."""

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.users.store import User


class Role(StrEnum):
    """From most to least rights; only `GUEST` and `MEMBER` are stored."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"

    def includes(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may do."""
        return _RANKS[self] <= _RANKS[needed]


_RANKS = {role: rank for rank, role in enumerate(Role)}


def role_of(user: "User", admins: Collection[int]) -> Role:
    """Return the role that applies: the settings take precedence over what is stored."""
    return Role.ADMIN if user.id in admins else user.role
