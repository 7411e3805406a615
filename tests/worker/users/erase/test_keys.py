import re
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from worker.users.erase.keys import UserKeys

REDIS_MD = Path(__file__).parents[4] / "docs" / "redis.md"
JOB = "0t7kjrpnyvm0dr0t"


def keys_of_somebody() -> list[str]:
    """Write every key of docs/redis.md that is named after a user or their chat."""
    rows = [line for line in REDIS_MD.read_text().splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`(darkroom:[^`]+)`", row.split("|")[1])]
    own = [name for name in names if re.search(r"\{(user|chat)\}", name)]
    return [re.sub(r"\{\w+\}", "3", re.sub(r"\{(user|chat)\}", "77", name)) for name in own]


@pytest.mark.parametrize("key", [*keys_of_somebody(), "darkroom:fsm:77:77:data"])
async def test_every_key_named_after_a_user_is_found(redis: ArqRedis, key: str) -> None:
    """A key that is new in docs/redis.md is erased, too."""
    await redis.set(key, "")
    assert await UserKeys(77, []).keys(redis) == [key]


async def test_other_users_keys_are_not_found(redis: ArqRedis) -> None:
    """An id with the same first digits, an update or a message with the same number."""
    for key in (
        *("darkroom:person:771", "darkroom:jobs:177:image", "darkroom:fsm:78:78:data"),
        *("darkroom:seen:77", "darkroom:message:78:77", "darkroom:pressed:78:77"),
    ):
        await redis.set(key, "")
    await redis.set("darkroom:postponed:1", '{"message": {"from": {"id": 771}, "message_id": 77}}')
    await redis.set("darkroom:message:-5:4", "0t7kjrpnyvm0dr0s:0")
    assert await UserKeys(77, [JOB]).keys(redis) == []


async def test_indirect_keys_of_a_user_are_found(redis: ArqRedis) -> None:
    """Group messages with a result, sets, updates that wait or are dead letters, arq's pending jobs."""
    async with redis.pipeline() as pipe:
        pipe.set("darkroom:message:-5:4", f"{JOB}:0")
        pipe.set("darkroom:origin:9", JOB)
        pipe.set("darkroom:job-set:0t7kjrpnyvm0dr0s", f"0t7kjrpnyvm0dr0s {JOB} / {JOB}")
        pipe.set("darkroom:postponed:1", '{"message":{"from":{"id":77}}}')
        pipe.set("arq:job:collect:1", f'{{"f":"collect","a":["{JOB}","5"]}}')
        pipe.set("arq:job:drain:2", '{"f":"drain","a":["77"]}')
        pipe.hset("darkroom:dead-letters:u3", "body", '{"callback_query": {"from": {"id": 77}}}')
        pipe.hset(f"darkroom:fal-webhook:{JOB}", "body", "")
        await pipe.execute()
    assert len(await UserKeys(77, [JOB]).keys(redis)) == 8
