"""User profiles: name, language, last options and presets."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from arq.connections import ArqRedis
from loguru import logger
from pydantic import TypeAdapter, ValidationError

from infra.fal.model import Work
from infra.redis.client import dumps
from worker.model import Options
from worker.users.plain_text import PlainText
from worker.users.presets import PRESETS, Presets
from worker.users.roles import Role


@dataclass(frozen=True)
class User:
    """`language` is None until the user chooses one; options are the last choice, not validated.

    `name`, `username` and `telegram_language` come from the user's last update. `role` is what an admin has chosen;
    `role_of` (worker/users/roles.py) returns the one that applies. `plain_text` is what to do with words at once,
    `plain_text_choice` what the user has last chosen to do with them.
    """

    id: int
    language: str | None = None
    preferred: Mapping[Work, Options] = field(default_factory=dict)
    name: str = ""
    username: str = ""
    telegram_language: str = ""
    presets: Presets = ()
    role: Role = Role.MEMBER
    plain_text: PlainText = PlainText.ASK
    plain_text_choice: PlainText = PlainText.ASK

    @property
    def speaks(self) -> str:
        """The chosen language, else that of the user's Telegram; empty if neither is known."""
        return self.language or self.telegram_language

    def options(self, work: Work) -> Options:
        return self.preferred.get(work, {})

    def preferring(self, work: Work, options: Options) -> "User":
        return replace(self, preferred={**self.preferred, work: options})


class UserStore:
    """Users in Redis, one hash each; an unknown user has empty fields."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def get(self, user_id: int) -> User:
        return (await self.get_many([user_id]))[user_id]

    async def get_many(self, user_ids: Iterable[int]) -> dict[int, User]:
        """Return several users in one round trip."""
        ids = list(user_ids)
        async with self._redis.pipeline(transaction=False) as pipe:
            for user_id in ids:
                pipe.hgetall(user_key(user_id))
            found = await pipe.execute()
        return {
            user_id: read_user(user_id, stored) for user_id, stored in zip(ids, found, strict=True)
        }

    async def known(self) -> set[int]:
        """Return the ids of all users that were introduced."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:people")
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def admins_before(self) -> set[int]:
        """Return the admins of the last start, whose chats may still have the admin menu."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers("darkroom:admins")
            return {int(user_id) for user_id in (await pipe.execute())[0]}

    async def remember_admins(self, admins: Collection[int]) -> None:
        """Store the admins of this start; an admin is no guest, so that no budget of guests applies to them."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete("darkroom:admins")
            if admins:
                pipe.sadd("darkroom:admins", *admins)
            for user_id in admins:
                pipe.hdel(user_key(user_id), "role")
            await pipe.execute()

    async def introduce(self, user: User) -> None:
        """Store a user's current name and language from Telegram."""
        names = {name: getattr(user, name) for name in _INTRODUCED}
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(user_key(user.id), mapping=names)
            pipe.sadd("darkroom:people", user.id)
            await pipe.execute()

    async def set_language(self, user_id: int, language: str) -> None:
        await self._set(user_id, "language", language)

    async def set_role(self, user_id: int, role: Role) -> None:
        """Make a user a member or a guest. Orders read the role in the step that stores them, so it applies at once."""
        if role is Role.ADMIN:
            raise ValueError("admins are in tg_admin_user_ids")
        await self._set(user_id, "role", role)

    async def remember(self, user_id: int, work: Work, options: Options) -> None:
        await self._set(user_id, work.value, dumps(options).decode())

    async def set_plain_text(self, user_id: int, plain_text: PlainText) -> None:
        await self._set(user_id, "plain_text", plain_text)

    async def remember_plain_text_choice(self, user_id: int, choice: PlainText) -> None:
        await self._set(user_id, "plain_text_choice", choice)

    async def keep_presets(self, user_id: int, presets: Presets) -> None:
        """Replace all presets of a user."""
        await self._set(user_id, "presets", PRESETS.dump_json(presets).decode())

    async def _set(self, user_id: int, name: str, value: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(user_key(user_id), name, value)
            await pipe.execute()


_OPTIONS = TypeAdapter[Options](Options)
_INTRODUCED = ("name", "username", "telegram_language")


def read_user(user_id: int, stored: Mapping[bytes, bytes]) -> User:
    """Read the hash of a user; an unknown one has none."""
    known = {name.decode(): value.decode(errors="replace") for name, value in stored.items()}
    return User(
        user_id,
        known.get("language"),
        {
            work: read_field(_OPTIONS, known[work], {}, user_id, work)
            for work in Work
            if work in known
        },
        presets=read_field(PRESETS, known.get("presets", "[]"), (), user_id, "presets"),
        role=Role.GUEST if known.get("role") == Role.GUEST else Role.MEMBER,
        plain_text=PlainText.read(known.get("plain_text")),
        plain_text_choice=PlainText.read(known.get("plain_text_choice")),
        **{name: known[name] for name in _INTRODUCED if name in known},
    )


def read_field[T](kind: TypeAdapter[T], stored: str, default: T, user_id: int, name: str) -> T:
    """Parse a field; a damaged one counts as unset, so that the user's other fields stay usable."""
    try:
        return kind.validate_json(stored)
    except ValidationError:
        logger.error("damaged field is ignored: user {}, {}", user_id, name)
        return default


def user_key(user_id: int) -> str:
    return f"darkroom:person:{user_id}"
