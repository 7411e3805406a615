"""The allowlist: users from the settings, and users that an admin has added."""

from arq.connections import ArqRedis

from infra.redis.client import acquire
from infra.settings import Settings

#: The set of the users that admins have added.
ADDED = "darkroom:allowed"
# A user may request access once a day.
REQUEST_SECONDS = 24 * 3600


class AccessList:
    def __init__(self, redis: ArqRedis, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings

    @property
    def admins(self) -> frozenset[int]:
        return self._settings.tg_admin_user_ids

    @property
    def is_open(self) -> bool:
        """Whether everyone is allowed: with an empty allowlist, only locally."""
        return self._settings.app_env == "local" and not self._settings.tg_allowed_user_ids

    def is_settled(self, user_id: int) -> bool:
        """Return whether the settings allow a user; an admin cannot remove such a user."""
        return user_id in self.admins or self._settings.is_allowed(user_id)

    async def is_allowed(self, user_id: int) -> bool:
        if self.is_settled(user_id):
            return True
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sismember(ADDED, str(user_id))
            return bool((await pipe.execute())[0])

    async def added(self) -> set[int]:
        """Return the users that admins have added."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(ADDED)
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def members(self) -> set[int]:
        """Return every user that is allowed by id."""
        return await self.added() | self._settings.tg_allowed_user_ids | self.admins

    async def allow(self, user_id: int) -> None:
        """Add a user and close their access request, if there is one."""
        await self.accepted_forgeries(user_id)
        await self.close_request(user_id)

    async def accepted_forgeries(self, user_id: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd(ADDED, user_id)
            pipe.delete(f"darkroom:refused:{user_id}")
            await pipe.execute()

    async def forbid(self, user_id: int) -> bool:
        """Remove a user that an admin has added; False if the settings still allow them."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.srem(ADDED, user_id)
            await pipe.execute()
        return not self.is_settled(user_id)

    async def request(self, user_id: int, cause: str) -> bool:
        """Request access; False if there was a request within a day, from another `cause` (button press) than this."""
        asked = f"darkroom:asked:{user_id}"
        if not await acquire(self._redis, asked, cause, REQUEST_SECONDS):
            return False
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd("darkroom:access-requests", user_id)
            await pipe.execute()
        return True

    async def requested(self, user_id: int) -> bool:
        """Return whether a user's access request is open."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sismember("darkroom:access-requests", str(user_id))
            return bool((await pipe.execute())[0])

    async def waiting(self) -> set[int]:
        """Return all users whose access request is open."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:access-requests")
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def close_request(self, user_id: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.srem("darkroom:access-requests", user_id)
            await pipe.execute()
