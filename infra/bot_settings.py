"""Settings of several bots in one installation: a TOML file with a table for each bot, which overrides `.env`.

The bots share the processes. Each has its own Redis database, users, limits and models.
https://toml.io/en/v1.0.0#table
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from arq.connections import ArqRedis
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from infra.errors import DarkroomError
from infra.settings import (
    CONFIGURATION,
    RENAMED,
    Settings,
    problems_of,
    read_settings,
    warn_of_old_names,
)

#: Path prefix of each bot at webhook_app: /bots/studio/telegram/webhook.
PREFIX = "/bots/"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
#: Settings of the process, the same for all of its bots.
_SHARED_SETTINGS = frozenset(
    {
        "app_env",
        "log_level",
        "log_format",
        "sentry_dsn",
        "otel_endpoint",
        "api_host",
        "api_port",
        "trusted_proxies",
        "public_url",
        "bots_file",
    }
    | {"bot"}
)
_OWNER = "darkroom:bot"
#: Two bots with the same value would answer each other's users.
_UNIQUE_SETTINGS = ("tg_bot_token", "redis_url")


class _Which(BaseSettings):
    """Settings that say which bots' settings to read."""

    model_config = CONFIGURATION

    bots_file: Path | None = None
    bot: str | None = None


def read_bots() -> Mapping[str, Settings]:
    """Read every bot's settings by name, or those of one bot without a name. Exit if they are invalid."""
    which = _Which()
    if not which.bots_file:
        return {"": read_settings()}
    try:
        bots = parse_bots(which.bots_file)
    except (OSError, ValueError) as error:
        # A TOML error names the line by its number only: the line may contain a token.
        reason = f"{error.strerror}." if isinstance(error, OSError) else str(error)
        sys.exit(f"{which.bots_file} is not valid:\n  {reason}")
    if which.bot and which.bot not in bots:
        sys.exit(f"bot={which.bot} is not in {which.bots_file}. It has: {', '.join(bots)}.")
    return {which.bot: bots[which.bot]} if which.bot else bots


def read_bot() -> Settings:
    """Read the settings for a command that serves one bot only."""
    bots = read_bots()
    if len(bots) > 1:
        sys.exit(f"This command serves one bot: name it with bot=… ({', '.join(bots)}).")
    return next(iter(bots.values()))


async def claim_database(redis: ArqRedis, settings: Settings) -> None:
    """Mark the Redis database as this bot's. Raises DarkroomError if it belongs to another bot of the installation.

    The mark is in the database because redis_url does not identify it: a server has several addresses and spellings.
    """
    if not settings.bot or await redis.set(_OWNER, settings.bot, nx=True):
        return
    owner = (await redis.get(_OWNER) or b"").decode()
    if owner != settings.bot:
        raise DarkroomError(
            f"redis_url of [{settings.bot}] is the database of [{owner}]: give each bot its own."
            f" If [{owner}] was renamed or removed, delete the key {_OWNER} there."
        )


def parse_bots(file: Path) -> dict[str, Settings]:
    """Raises OSError, and ValueError that quotes no secret."""
    tables = tomllib.loads(file.read_text())
    if not tables:
        raise ValueError("it contains no bot. Add a table [name] with its tg_bot_token.")
    bots = {name: parse_bot(name, table) for name, table in tables.items()}
    for setting in _UNIQUE_SETTINGS:
        owners: dict[object, str] = {}
        for name, settings in bots.items():
            if (first := owners.setdefault(getattr(settings, setting), name)) != name:
                raise ValueError(
                    f"[{first}] and [{name}] have the same {setting}; each needs its own."
                )
    return bots


def parse_bot(name: str, table: object) -> Settings:
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        raise ValueError(f"{name}: each bot must be a [table] whose name has only a-z, 0-9 and -.")
    warn_of_old_names(table)
    if unknown := sorted(set(table) - set(Settings.model_fields) - set(RENAMED)):
        raise ValueError(f"[{name}] unknown settings: {', '.join(unknown)}. See .env.example.")
    if misplaced := sorted(_SHARED_SETTINGS & set(table)):
        raise ValueError(f"[{name}] settings for all bots, set in .env: {', '.join(misplaced)}.")
    if missing := [own for own in _UNIQUE_SETTINGS if own not in table]:
        raise ValueError(f"[{name}] not set: {', '.join(missing)}. Each bot has its own.")
    try:
        settings = Settings(**table)
    except ValidationError as error:
        raise ValueError("\n  ".join(f"[{name}] {line}" for line in problems_of(error))) from None
    url = settings.public_url and f"{settings.public_url}{PREFIX}{name}"
    return settings.model_copy(update={"public_url": url, "bot": name})
