from arq.connections import ArqRedis

from infra.fal.model import Work
from worker.users.store import User, UserStore


async def test_unknown_user_has_defaults(redis: ArqRedis) -> None:
    """No registration is needed."""
    assert await UserStore(redis).get(1001) == User(id=1001)


async def test_language_and_settings_are_stored(redis: ArqRedis) -> None:
    """Independently, with their types."""
    users = UserStore(redis)
    await users.set_language(1001, "en")
    await users.remember(1001, Work.IMAGE, {"size": "wide", "count": 4})
    await users.remember(1001, Work.VIDEO, {"audio": False})
    user = await UserStore(redis).get(1001)
    assert user.language == "en"
    assert user.options(Work.IMAGE) == {"size": "wide", "count": 4}
    assert user.options(Work.VIDEO) == {"audio": False}
    assert await users.get(1002) == User(id=1002)


async def test_settings_are_replaced_as_a_whole(redis: ArqRedis) -> None:
    """Missing ones are removed."""
    users = UserStore(redis)
    await users.remember(1001, Work.IMAGE, {"size": "wide", "count": 4})
    await users.remember(1001, Work.IMAGE, {"size": "square"})
    assert (await users.get(1001)).options(Work.IMAGE) == {"size": "square"}


async def test_damaged_field_loses_only_itself(redis: ArqRedis) -> None:
    """The user's other fields and all other users can be read: the dashboard reads many at once."""
    users = UserStore(redis)
    await users.set_language(1001, "en")
    await users.remember(1001, Work.VIDEO, {"audio": False})
    torn = {"presets": '[{"name": 1}]', Work.IMAGE.value: "{", "name": b"\xff"}
    await redis.hset("darkroom:person:1001", mapping=torn)  # type: ignore[misc]
    found = (await users.get_many([1001, 1002]))[1001]
    assert (found.language, found.presets, found.options(Work.IMAGE)) == ("en", (), {})
    assert found.options(Work.VIDEO) == {"audio": False}
