"""Plan of what `make run` starts, derived from the user's settings; it starts nothing."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.queues import QUEUES, health_key
from infra.run import valkey
from infra.run.ports import Port
from infra.run.probes import HttpAnswers, Probe, RedisAnswers
from infra.sandbox.telegram.users import FIRST_USER_ID, FIRST_USERS
from infra.settings import Settings

#: Well-formed, so that it passes validation like a real token; only the fake accepts it.
_FAKE_BOT = "1000000001:stand-in_for_a_bot_at_this_machine"
_FAKE_FAL_KEY = "sandbox:key"
_FAKE_FAL_ADMIN_KEY = f"admin-{_FAKE_FAL_KEY}"

#: Ids of the fake Telegram's users. The first is an admin, to try /admin; a user that is added on the chat page is not
#: allowed, to try access requests.
_FAKE_IDS = [FIRST_USER_ID + place for place in range(len(FIRST_USERS))]
_FAKE_TEAM = {
    "tg_admin_user_ids": str(FIRST_USER_ID),
    "tg_allowed_user_ids": ",".join(map(str, _FAKE_IDS)),
}

_HEALTH_KEYS = tuple(map(health_key, QUEUES))


class SandboxPorts(BaseSettings):
    """Ports of the local fakes."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    sandbox_telegram_port: int = Field(8081, ge=1, le=65535)
    sandbox_fal_port: int = Field(8082, ge=1, le=65535)


@dataclass(frozen=True)
class Program:
    """`problem_pattern` matches output lines that are shown at once; `next_step` is what to do if it fails."""

    name: str
    command: tuple[str, ...]
    probe: Probe
    next_step: str
    problem_pattern: re.Pattern[str] = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback)\b")


@dataclass(frozen=True)
class Fake:
    """A local fake of a service, and the settings with which the product uses it."""

    program: Program
    settings: Mapping[str, str] = field(repr=False)
    port: Port | None = None

    @classmethod
    def of_valkey(cls, run_dir: Path) -> Self:
        data_dir = run_dir / "valkey"
        url = valkey.url(data_dir)
        program = Program(
            name="valkey",
            command=valkey.command(data_dir),
            probe=RedisAnswers(url),
            next_step=f"If its data is damaged, move {data_dir} away; or set redis_url to your own Redis.",
            # Not its warnings: it also marks remarks about the kernel so.
            problem_pattern=re.compile(r"# .*\b(MISCONF|[Ee]rror|[Ff]ailed|[Cc]an't|[Bb]ad)\b"),
        )
        return cls(program, {"redis_url": url})

    @classmethod
    def of_telegram(cls, sandbox: SandboxPorts, run_dir: Path, python: str) -> Self:
        port = Port("sandbox_telegram_port", sandbox.sandbox_telegram_port)
        data_dir = run_dir / "telegram"
        program = Program(
            name="telegram",
            command=(
                *(python, "-m", "infra.sandbox.telegram", "--port", str(port.number)),
                *("--data", str(data_dir), "--token", _FAKE_BOT),
            ),
            probe=HttpAnswers(port.url),
            next_step=f"If its chats are damaged, move {data_dir} away; or set tg_bot_token to your own bot.",
        )
        return cls(program, {"tg_bot_token": _FAKE_BOT, "tg_api_base": port.url}, port)

    @classmethod
    def of_fal(cls, sandbox: SandboxPorts, run_dir: Path, python: str) -> Self:
        port = Port("sandbox_fal_port", sandbox.sandbox_fal_port)
        data_dir = run_dir / "fal"
        program = Program(
            name="fal",
            command=(
                *(python, "-m", "infra.sandbox.fal", "--port", str(port.number)),
                *("--data", str(data_dir)),
            ),
            probe=HttpAnswers(port.url),
            next_step=f"If its files are damaged, move {data_dir} away; or set fal_api_key to your own key.",
        )
        names = (
            *("fal_queue_base_url", "fal_rest_base_url"),
            *("fal_platform_base_url", "fal_run_base_url"),
        )
        bases = dict.fromkeys(names, port.url)
        keys = {"fal_api_key": _FAKE_FAL_KEY, "fal_admin_key": _FAKE_FAL_ADMIN_KEY}
        return cls(program, {**keys, **bases}, port)


@dataclass(frozen=True)
class Plan:
    settings: Settings
    #: Settings that the product's processes get in addition to the user's.
    added: Mapping[str, str] = field(repr=False)
    redis: Fake | None
    telegram: Fake | None
    fal: Fake | None
    product: tuple[Program, ...]
    #: Settings of the user that have no effect because a fake is used.
    unused: tuple[str, ...] = ()

    @property
    def fakes(self) -> tuple[Fake, ...]:
        return tuple(one for one in (self.redis, self.telegram, self.fal) if one)

    @property
    def services(self) -> tuple[Program, ...]:
        return tuple(one.program for one in self.fakes)

    @property
    def ports(self) -> tuple[Port, ...]:
        api = Port("api_port", self.settings.api_port, self.settings.api_host)
        return (api, *(one.port for one in self.fakes if one.port))


def make_plan(
    given: Mapping[str, str],
    sandbox: SandboxPorts,
    run_dir: Path,
    webhook_secret: str,
    python: str = sys.executable,
) -> Plan:
    """Plan a fake for every service without credentials in `given`, the user's settings.

    In production only Redis may be a fake. Raises pydantic's ValidationError for invalid settings.
    """
    local = given.get("app_env", "local") == "local"
    redis = None if "redis_url" in given else Fake.of_valkey(run_dir)
    telegram = fal = None
    if local and "tg_bot_token" not in given:
        telegram = Fake.of_telegram(sandbox, run_dir, python)
    if local and "fal_api_key" not in given:
        fal = Fake.of_fal(sandbox, run_dir, python)
    led = {
        name: value for one in (redis, telegram, fal) if one for name, value in one.settings.items()
    }
    added = (
        local_defaults(given, webhook_secret, telegram=telegram, fal=fal) if local else {}
    ) | led
    settings = Settings.model_validate({**given, **added})
    worker = Program(
        name="worker",
        command=(python, "-m", "worker"),
        probe=RedisAnswers(settings.redis_url, _HEALTH_KEYS),
        next_step="Check that Redis and Telegram are reachable, then check the settings in .env.",
    )
    webhook_app = Program(
        name="webhook_app",
        command=(python, "-m", "webhook_app"),
        probe=HttpAnswers(f"{settings.local_url}/version"),
        next_step="Check the settings in .env; .env.example describes each.",
    )
    return Plan(
        settings=settings,
        added=added,
        redis=redis,
        telegram=telegram,
        fal=fal,
        product=(worker, webhook_app),
        unused=tuple(sorted(led.keys() & given.keys())),
    )


def local_defaults(
    given: Mapping[str, str], webhook_secret: str, *, telegram: Fake | None, fal: Fake | None
) -> dict[str, str]:
    """Return defaults for fakes, whose webhooks reach this machine; a real service needs the user's public_url."""
    defaults = {"api_host": "127.0.0.1"}
    if telegram:
        defaults |= _FAKE_TEAM
    by_webhook = given.get("tg_update_mode") == "webhook"
    if telegram and by_webhook:
        defaults["tg_webhook_secret"] = webhook_secret
    if (telegram and by_webhook) or (fal and not by_webhook):
        defaults["public_url"] = f"http://127.0.0.1:{given.get('api_port', 8000)}"
    return {name: value for name, value in defaults.items() if name not in given}
