"""Who may use the bot: those in the settings, and those whom an admin has let in since."""

from arq.connections import ArqRedis

from infra.redis.client import acquire
from infra.settings import Settings

# A stranger may knock once a day.
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
        """Whether everybody may, for nobody was named: on a developer's machine."""
        return self._settings.app_env == "local" and not self._settings.tg_allowed_user_ids

    def is_settled(self, user_id: int) -> bool:
        """Whether the settings let a person in: then only who edits them can shut them out."""
        return user_id in self.admins or self._settings.is_allowed(user_id)

    async def is_allowed(self, user_id: int) -> bool:
        return self.is_settled(user_id) or user_id in await self.added()

    async def added(self) -> set[int]:
        """Whom admins have let in."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:allowed")
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def members(self) -> set[int]:
        """Everybody who is let in by name."""
        return await self.added() | self._settings.tg_allowed_user_ids | self.admins

    async def allow(self, user_id: int) -> None:
        """Let a person in, whether they have asked or not."""
        await self.let_in(user_id)
        await self.close_request(user_id)

    async def let_in(self, user_id: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd("darkroom:allowed", user_id)
            pipe.delete(f"darkroom:refused:{user_id}")
            await pipe.execute()

    async def forbid(self, user_id: int) -> bool:
        """Take back what an admin has allowed; False: the settings still let the person in."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.srem("darkroom:allowed", user_id)
            await pipe.execute()
        return not self.is_settled(user_id)

    async def request(self, user_id: int, cause: str) -> bool:
        """Ask to be let in; False: it was asked within a day, for another cause (the press of a button) than this."""
        asked = f"darkroom:asked:{user_id}"
        if not await acquire(self._redis, asked, cause, REQUEST_SECONDS):
            return False
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sadd("darkroom:access-requests", user_id)
            await pipe.execute()
        return True

    async def requested(self, user_id: int) -> bool:
        """Whether somebody waits for an answer."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.sismember("darkroom:access-requests", str(user_id))
            return bool((await pipe.execute())[0])

    async def waiting(self) -> set[int]:
        """Everybody who waits for an answer."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:access-requests")
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def close_request(self, user_id: int) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.srem("darkroom:access-requests", user_id)
            await pipe.execute()
