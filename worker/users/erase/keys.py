"""Redis keys that belong to one user, by their name or their value. Every key is listed in docs/redis.md."""

import re
from collections.abc import Collection

from arq.connections import ArqRedis

_BATCH = 500
#: Sets of users, or of their chats.
SHARED_SETS = (
    "darkroom:people",
    "darkroom:allowed",
    "darkroom:admins",
    "darkroom:access-requests",
    "darkroom:waiting-users",
)
SHARED_SORTED_SETS = ("darkroom:chats",)
#: Hashes with the votes of several users, which count without their voters.
COMPARISONS = "darkroom:comparison:"
#: What users said, by user.
TRANSCRIPTS = "darkroom:transcripts:"
# Named after an update or a message; the value names the user.
_WITH_OWNER_IN_VALUE = re.compile(
    r"darkroom:(message|origin|postponed|job-set|fal-request):.*|arq:job:.*"
)
_UPDATE_PREFIX = re.compile(r"darkroom:dead-letters:u\d+")
_JOB_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{16}")


class UserKeys:
    """Finds the keys of one user, by the user's id and the ids of their jobs."""

    def __init__(self, user_id: int, job_ids: Collection[str]) -> None:
        self._job_ids = frozenset(job_ids)
        self._named = re.compile(
            rf"darkroom:(person|in-flight|kept-orders|wait-queue|asked|refused|edited|transcripts|translations"
            rf"|telegram-bucket):{user_id}"
            rf"|darkroom:(inbox|head|lease):(inline:)?{user_id}"
            rf"|darkroom:(jobs|refused-order|pressed|message|album|gathering|cancelling|helper|translating)"
            rf":{user_id}(:.*)?"
            rf"|darkroom:fsm:({user_id}:.*|.*:{user_id}:[a-z]+)"
        )
        # Telegram's updates, and the arguments of arq jobs, where a private chat has its user's id.
        self._said = re.compile(rf'"id": ?{user_id}\b|"a": ?\["(inline:)?{user_id}"')

    async def keys(self, redis: ArqRedis) -> list[str]:
        """Return the keys that belong to this user alone; scans all keys."""
        found: list[str] = []
        cursor = None
        while cursor != 0:
            cursor, scanned = await redis.scan(cursor or 0, count=_BATCH)
            names = sorted({name.decode() for name in scanned})
            found += filter(self._name_matches, names)
            unnamed = [
                name
                for name in names
                if (_WITH_OWNER_IN_VALUE.fullmatch(name) or _UPDATE_PREFIX.fullmatch(name))
                and not self._name_matches(name)
            ]
            async with redis.pipeline(transaction=False) as pipe:
                for name in unnamed:
                    if _UPDATE_PREFIX.fullmatch(name):
                        pipe.hget(name, "body")
                    else:
                        pipe.get(name)
                values = await pipe.execute()
            for name, value in zip(unnamed, values, strict=True):
                text = (value or b"").decode(errors="replace")
                has_job = not self._job_ids.isdisjoint(_JOB_ID.findall(text))
                if has_job or self._said.search(text):
                    found.append(name)
        return found

    def _name_matches(self, key: str) -> bool:
        if self._named.fullmatch(key):
            return True
        kind, _, last = key.rpartition(":")
        return last in self._job_ids and kind.startswith("darkroom:")
