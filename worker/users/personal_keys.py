"""Which keys of Redis are about one person: by their name, or by what stands in them. Every key is in docs/redis.md."""

import re
from collections.abc import AsyncIterator, Collection, Sequence

from arq.connections import ArqRedis

_BATCH = 500
#: Lists in which many people, or their chats, stand beside each other.
SHARED_SETS = (
    "darkroom:people",
    "darkroom:allowed",
    "darkroom:admins",
    "darkroom:access-requests",
    "darkroom:waiting",
)
SHARED_SORTED_SETS = ("darkroom:chats",)
# Named after an update or a message; whose it is stands in the value.
_TELLING = re.compile(r"darkroom:(message|origin|postponed):.*|arq:job:.*")
_UPDATE_PREFIX = re.compile(r"darkroom:poisoned:u\d+")
_JOB_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{16}")


class PersonalKeys:
    """A person, by their id, and by those of their jobs."""

    def __init__(self, user_id: int, job_ids: Collection[str]) -> None:
        self._job_ids = frozenset(job_ids)
        self._named = re.compile(
            rf"darkroom:(person|in-flight|line|asked|refused|inbox|head|lease|edited):{user_id}"
            rf"|darkroom:(jobs|pressed|message|album|gathering|cancelling):{user_id}(:.*)?"
            rf"|darkroom:fsm:({user_id}:.*|.*:{user_id}:[a-z]+)"
        )
        # Telegram's updates, and the arguments of arq's jobs, in which a private chat is its person.
        self._said = re.compile(rf'"id": ?{user_id}\b|"a": ?\["{user_id}"')

    async def keys(self, redis: ArqRedis) -> list[str]:
        """All that is theirs alone; looks at every key there is."""
        found: list[str] = []
        async for names in _batches(redis):
            found += filter(self._names, names)
            telling = [name for name in names if _is_telling(name) and not self._names(name)]
            values = await _values(redis, telling)
            found += [
                name
                for name, value in zip(telling, values, strict=True)
                if self._tells(value.decode(errors="replace"))
            ]
        return found

    def _names(self, key: str) -> bool:
        if self._named.fullmatch(key):
            return True
        kind, _, last = key.rpartition(":")
        return last in self._job_ids and kind.startswith("darkroom:")

    def _tells(self, value: str) -> bool:
        if self._said.search(value):
            return True
        return not self._job_ids.isdisjoint(_JOB_ID.findall(value))


async def _batches(redis: ArqRedis) -> AsyncIterator[list[str]]:
    cursor = None
    while cursor != 0:
        cursor, names = await redis.scan(cursor or 0, count=_BATCH)
        yield sorted({name.decode() for name in names})


def _is_telling(name: str) -> bool:
    return bool(_TELLING.fullmatch(name) or _UPDATE_PREFIX.fullmatch(name))


async def _values(redis: ArqRedis, names: Sequence[str]) -> list[bytes]:
    async with redis.pipeline(transaction=False) as pipe:
        for name in names:
            if _UPDATE_PREFIX.fullmatch(name):
                pipe.hget(name, "body")
            else:
                pipe.get(name)
        return [value or b"" for value in await pipe.execute()]
