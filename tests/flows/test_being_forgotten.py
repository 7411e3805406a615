"""Somebody leaves, and wants nothing of theirs to stay."""

import os
import re
import subprocess
import sys

import pytest
from redis import Redis

from tests.flows.orders import make_picture
from tests.message import is_photo, job_id
from tests.person import Person, create_group
from tests.processes import ROOT, Installation, eventually

# The first flow waits for the processes to start.
pytestmark = pytest.mark.timeout(150)


def forget(installation: Installation, person: Person, *options: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "worker.forget", str(person.id), *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **installation.environment},
        cwd=installation.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def value(redis: Redis, key: str) -> object:
    match redis.type(key):
        case "hash":
            return redis.hgetall(key)
        case "list":
            return redis.lrange(key, 0, -1)
        case "set":
            return redis.smembers(key)
        case "zset":
            return redis.zrange(key, 0, -1)
        case _:
            return redis.get(key)


def opened(installation: Installation) -> Redis:
    return Redis.from_url(
        installation.redis_url, decode_responses=True, encoding_errors="backslashreplace"
    )


def mentions(installation: Installation, *words: str) -> list[str]:
    """Keys of Redis and files in the storage in which one of these stands as a word."""
    looked_for = re.compile("|".join(rf"(?<![0-9a-z]){word}(?![0-9a-z])" for word in words))
    with opened(installation) as redis:
        lines = [f"{key} = {value(redis, key)}" for key in redis.scan_iter()]
    files = [str(path) for path in (installation.folder / "media").rglob("*") if path.is_file()]
    return [found for found in (*lines, *files) if looked_for.search(found)]


async def settled(installation: Installation, person: Person) -> None:
    """Until nothing is under way any more, the last edit of a card included."""

    async def idle() -> bool:
        with opened(installation) as redis:
            active = redis.smembers("darkroom:active:img_queue")
            own = set(redis.zrange(f"darkroom:jobs:{person.id}", 0, -1))
        return not active & own

    await eventually(idle, "their jobs have ended")


async def test_after_it_nothing_mentions_the_person(
    installation: Installation, anya: Person, ben: Person
) -> None:
    """Pictures alone and in a group, edits, favourites, a half-finished order: gone; another's work stays."""
    kept = job_id(await make_picture(ben, "a pier"))
    first = await make_picture(anya, "тайный маяк")
    await anya.press(first, "☆ В избранное")
    await anya.say("/settings")
    group = await create_group(installation.telegram_url, "Команда", [anya, ben])
    in_group = anya.in_chat(group)
    await in_group.say("/image тайный причал")
    second = await in_group.wait_for(is_photo, timeout=25)
    photo = await anya.file(first["photo"][-1]["file_id"])
    await anya.send_photo(photo, caption="/image тайная лодка")
    third = await anya.wait_for(is_photo, timeout=25)
    await anya.say("🎬 Видео")
    await anya.wait_for_text("снять")
    await settled(installation, anya)
    jobs = [job_id(message) for message in (first, second, third)]

    code, said = forget(installation, anya)
    assert code == 0, said
    assert said.startswith("3 jobs, ")
    assert "nothing was changed" in said
    assert mentions(installation, *jobs)

    code, said = forget(installation, anya, "--yes")
    assert (code, said.splitlines()[-1]) == (0, "deleted"), said
    assert mentions(installation, str(anya.id), *jobs, "тайный", "тайная") == []
    assert mentions(installation, kept)


async def test_money_that_was_spent_stays_in_the_sums(
    installation: Installation, anya: Person
) -> None:
    """The team's day is what it was; that it was hers is not known any more."""
    await make_picture(anya, "маяк")
    await settled(installation, anya)

    def spent() -> list[object]:
        with opened(installation) as redis:
            (day,) = redis.scan_iter("darkroom:ledger:*")
            return [redis.hget(day, "spent"), redis.hget(day, f"spent:person:{anya.id}")]

    before, hers = spent()
    assert hers
    code, said = forget(installation, anya, "--yes")
    assert code == 0, said
    assert spent() == [before, None]


async def test_what_is_under_way_is_called_off_only_when_asked(
    installation: Installation, anya: Person
) -> None:
    """A job may be paid for: nothing is deleted beside it."""
    await anya.say("/image маяк #stuck")
    await anya.wait_for_text("В очереди")
    code, said = forget(installation, anya, "--yes")
    assert code == 1
    assert "--cancel" in said
    code, said = forget(installation, anya, "--yes", "--cancel")
    assert code == 0, said
    assert mentions(installation, str(anya.id)) == []
