"""Several bots in one installation: a TOML file with a table for each, whose settings win over `.env`'s.

Each bot is an installation of its own on the same processes: with its Redis database, its people, limits and models.
https://toml.io/en/v1.0.0#table
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from arq.connections import ArqRedis
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from infra.errors import DarkroomError
from infra.settings import CONFIGURATION, Settings, problems_of, read_settings

#: Where the front door keeps each bot: /bots/studio/telegram/webhook.
PREFIX = "/bots/"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
#: A process has one of each for all of its bots.
_OF_ALL = frozenset(
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
#: Two bots that shared one would answer each other's people.
_OWN = ("tg_bot_token", "redis_url")


class _Which(BaseSettings):
    """What is known before the bots' settings can be read."""

    model_config = CONFIGURATION

    bots_file: Path | None = None
    bot: str | None = None


def read_bots() -> Mapping[str, Settings]:
    """Every bot's settings by its name, or one bot without a name; ends the process by saying what is wrong."""
    which = _Which()
    if not which.bots_file:
        return {"": read_settings()}
    try:
        bots = _parse(which.bots_file)
    except (OSError, ValueError) as error:
        sys.exit(f"{which.bots_file} is not right:\n  {_told(error)}")
    if which.bot and which.bot not in bots:
        sys.exit(f"bot={which.bot} is not in {which.bots_file}: there are {', '.join(bots)}.")
    return {which.bot: bots[which.bot]} if which.bot else bots


def read_bot() -> Settings:
    """Those of the one bot that a process serves which can serve but one."""
    bots = read_bots()
    if len(bots) > 1:
        sys.exit(f"This serves one bot: say which with bot=… ({', '.join(bots)}).")
    return next(iter(bots.values()))


async def claim_database(redis: ArqRedis, settings: Settings) -> None:
    """Mark the Redis database as this bot's. Raises DarkroomError when it belongs to another bot of the installation.

    Only the database itself can tell: one server has many addresses, and each has many spellings.
    """
    if not settings.bot or await redis.set(_OWNER, settings.bot, nx=True):
        return
    owner = (await redis.get(_OWNER) or b"").decode()
    if owner != settings.bot:
        raise DarkroomError(
            f"redis_url of [{settings.bot}] leads to the database of [{owner}]: give each bot its own."
            f" If [{owner}] was renamed or is gone, delete the key {_OWNER} there."
        )


def _parse(file: Path) -> dict[str, Settings]:
    tables = tomllib.loads(file.read_text())
    if not tables:
        raise ValueError("no bot is in it. Begin one with [its-name], then its tg_bot_token.")
    bots = {name: _settings(name, table) for name, table in tables.items()}
    for setting in _OWN:
        _check_distinct(setting, bots)
    return bots


def _settings(name: str, table: object) -> Settings:
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        raise ValueError(f"{name}: each bot is a [table] named with a-z, 0-9 and -.")
    _check_names(name, table)
    try:
        settings = Settings(**table)
    except ValidationError as error:
        raise ValueError("\n  ".join(f"[{name}] {line}" for line in problems_of(error))) from None
    url = settings.public_url and f"{settings.public_url}{PREFIX}{name}"
    return settings.model_copy(update={"public_url": url, "bot": name})


def _check_names(name: str, table: Iterable[str]) -> None:
    if unknown := sorted(set(table) - set(Settings.model_fields)):
        raise ValueError(f"[{name}] no such settings: {', '.join(unknown)}. See .env.example.")
    if misplaced := sorted(_OF_ALL & set(table)):
        raise ValueError(f"[{name}] the same for all bots, so in .env: {', '.join(misplaced)}.")
    if missing := [own for own in _OWN if own not in table]:
        raise ValueError(f"[{name}] not set: {', '.join(missing)}. Each bot has its own.")


def _check_distinct(setting: str, bots: Mapping[str, Settings]) -> None:
    owners: dict[object, str] = {}
    for name, settings in bots.items():
        if (first := owners.setdefault(getattr(settings, setting), name)) != name:
            raise ValueError(f"[{first}] and [{name}] have the same {setting}; each needs its own.")


def _told(error: Exception) -> str:
    """A line of a TOML file that cannot be read may be a token's: it is named by its place alone."""
    return f"{error.strerror}." if isinstance(error, OSError) else str(error)
