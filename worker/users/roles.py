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

    @property
    def rank(self) -> int:
        """0 is the role with most rights."""
        return list(Role).index(self)

    def includes(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may do."""
        return self.rank <= needed.rank


def role_of(user: "User", admins: Collection[int]) -> Role:
    """Return the role that applies: the settings take precedence over what is stored."""
    return Role.ADMIN if user.id in admins else user.role
