from arq.connections import ArqRedis

from infra.fal.model import Work
from worker.users.store import Person, PersonStore


async def test_a_stranger_is_a_person_without_a_past(redis: ArqRedis) -> None:
    """Nobody has to be registered first."""
    assert await PersonStore(redis).get(1001) == Person(id=1001)


async def test_language_and_settings_are_remembered(redis: ArqRedis) -> None:
    """Each on its own, with the types that they had."""
    people = PersonStore(redis)
    await people.set_language(1001, "en")
    await people.remember(1001, Work.IMAGE, {"size": "wide", "count": 4})
    await people.remember(1001, Work.VIDEO, {"audio": False})
    person = await PersonStore(redis).get(1001)
    assert person.language == "en"
    assert person.options(Work.IMAGE) == {"size": "wide", "count": 4}
    assert person.options(Work.VIDEO) == {"audio": False}
    assert await people.get(1002) == Person(id=1002)


async def test_settings_are_replaced_as_a_whole(redis: ArqRedis) -> None:
    """What is not there any more is forgotten."""
    people = PersonStore(redis)
    await people.remember(1001, Work.IMAGE, {"size": "wide", "count": 4})
    await people.remember(1001, Work.IMAGE, {"size": "square"})
    assert (await people.get(1001)).options(Work.IMAGE) == {"size": "square"}


async def test_a_damaged_field_costs_a_person_that_field_alone(redis: ArqRedis) -> None:
    """And nobody else anything: the operator's page reads many people at once."""
    people = PersonStore(redis)
    await people.set_language(1001, "en")
    await people.remember(1001, Work.VIDEO, {"audio": False})
    torn = {"presets": '[{"name": 1}]', Work.IMAGE.value: "{", "name": b"\xff"}
    await redis.hset("darkroom:person:1001", mapping=torn)  # type: ignore[misc]
    found = (await people.get_many([1001, 1002]))[1001]
    assert (found.language, found.presets, found.options(Work.IMAGE)) == ("en", (), {})
    assert found.options(Work.VIDEO) == {"audio": False}
