from arq.connections import ArqRedis

from infra.fal.model import Work
from worker.users.store import User, UserStore


async def test_a_stranger_is_a_user_without_a_past(redis: ArqRedis) -> None:
    """Nobody has to be registered first."""
    assert await UserStore(redis).get(1001) == User(id=1001)


async def test_language_and_settings_are_remembered(redis: ArqRedis) -> None:
    """Each on its own, with the types that they had."""
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
    """What is not there any more is forgotten."""
    users = UserStore(redis)
    await users.remember(1001, Work.IMAGE, {"size": "wide", "count": 4})
    await users.remember(1001, Work.IMAGE, {"size": "square"})
    assert (await users.get(1001)).options(Work.IMAGE) == {"size": "square"}


async def test_a_damaged_field_costs_a_user_that_field_alone(redis: ArqRedis) -> None:
    """And nobody else anything: the operator's page reads many people at once."""
    users = UserStore(redis)
    await users.set_language(1001, "en")
    await users.remember(1001, Work.VIDEO, {"audio": False})
    torn = {"presets": '[{"name": 1}]', Work.IMAGE.value: "{", "name": b"\xff"}
    await redis.hset("darkroom:person:1001", mapping=torn)  # type: ignore[misc]
    found = (await users.get_many([1001, 1002]))[1001]
    assert (found.language, found.presets, found.options(Work.IMAGE)) == ("en", (), {})
    assert found.options(Work.VIDEO) == {"audio": False}
