import pytest
from arq.connections import ArqRedis

from worker.users.roles import Role, role_of
from worker.users.store import User, UserStore

ADMIN = 1001


async def test_role_is_stored_and_settings_take_precedence(redis: ArqRedis) -> None:
    """Users are members until an admin makes them guests; an admin of the settings stays an admin."""
    users = UserStore(redis)
    assert role_of(await users.get(1002), {ADMIN}) is Role.MEMBER
    await users.set_role(1002, Role.GUEST)
    assert role_of(await users.get(1002), {ADMIN}) is Role.GUEST
    await users.set_role(1002, Role.MEMBER)
    assert role_of(await users.get(1002), {ADMIN}) is Role.MEMBER
    assert role_of(User(ADMIN, role=Role.GUEST), {ADMIN}) is Role.ADMIN
    with pytest.raises(ValueError, match="tg_admin_user_ids"):
        await users.set_role(1002, Role.ADMIN)


async def test_guest_who_becomes_an_admin_is_no_guest(redis: ArqRedis) -> None:
    """The start with them in the settings removes the stored role: scripts that check budgets read only that."""
    users = UserStore(redis)
    await users.set_role(ADMIN, Role.GUEST)
    await users.remember_admins({ADMIN})
    assert (await users.get(ADMIN)).role is Role.MEMBER


async def test_unknown_role_is_a_member(redis: ArqRedis) -> None:
    """A role that a later version has stored does not stop this one."""
    await redis.hset("darkroom:person:1002", "role", "owner")  # type: ignore[misc]
    assert (await UserStore(redis).get(1002)).role is Role.MEMBER


def test_roles_are_ordered() -> None:
    """What is for members is for admins too, and not for guests."""
    assert [role for role in Role if role.includes(Role.MEMBER)] == [Role.ADMIN, Role.MEMBER]
    assert all(role.includes(Role.GUEST) for role in Role)
