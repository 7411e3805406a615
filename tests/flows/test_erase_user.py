"""Erasing a user, over the real processes."""

import re

import pytest
from redis import Redis

from tests.flows.orders import make_picture
from tests.message import is_photo, job_id
from tests.processes import Installation, eventually
from tests.terminal import DARKROOM
from tests.user import User, create_group

# The first flow waits for the processes to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


def forget(installation: Installation, user: User, *options: str) -> tuple[int, str]:
    ended = installation.run_command(DARKROOM, "erase-user", str(user.id), *options)
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
    """Find the keys of Redis and the files of the storage that contain one of these as a word."""
    looked_for = re.compile("|".join(rf"(?<![0-9a-z]){word}(?![0-9a-z])" for word in words))
    with opened(installation) as redis:
        lines = [f"{key} = {value(redis, key)}" for key in redis.scan_iter()]
    files = [str(path) for path in (installation.folder / "media").rglob("*") if path.is_file()]
    return [found for found in (*lines, *files) if looked_for.search(found)]


async def settled(installation: Installation, user: User) -> None:
    """Wait until no job is active and the last edit of a card is done."""

    async def idle() -> bool:
        with opened(installation) as redis:
            active = redis.smembers("darkroom:active:img_queue")
            own = set(redis.zrange(f"darkroom:jobs:{user.id}", 0, -1))
        return not active & own

    await eventually(idle, "their jobs have ended")


async def test_erase_removes_every_mention_of_the_user(
    installation: Installation, anya: User, ben: User
) -> None:
    """Images, private and in a group, edits, favourites and a half-finished order go; another user's work stays."""
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


async def test_erase_keeps_the_spent_sums(installation: Installation, anya: User) -> None:
    """The team's spending of the day stays; that this user spent it is no longer known."""
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


async def test_erase_cancels_active_jobs_only_on_request(
    installation: Installation, anya: User
) -> None:
    """An active job may be charged: without the request nothing is deleted."""
    await anya.say("/image маяк #stuck")
    await anya.wait_for_text("В очереди")
    code, said = forget(installation, anya, "--yes")
    assert code == 1
    assert "--cancel" in said
    code, said = forget(installation, anya, "--yes", "--cancel")
    assert code == 0, said
    assert mentions(installation, str(anya.id)) == []
