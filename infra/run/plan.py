"""Plan of what `make run` starts, derived from the user's settings; it starts nothing."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
    redis = None if "redis_url" in given else _valkey(run_dir)
    telegram = (
        _telegram(sandbox, run_dir, python) if local and "tg_bot_token" not in given else None
    )
    fal = _fal(sandbox, run_dir, python) if local and "fal_api_key" not in given else None
    led = {
        name: value for one in (redis, telegram, fal) if one for name, value in one.settings.items()
    }
    added = (
        _local_defaults(given, webhook_secret, telegram=telegram, fal=fal) if local else {}
    ) | led
    settings = Settings.model_validate({**given, **added})
    return Plan(
        settings=settings,
        added=added,
        redis=redis,
        telegram=telegram,
        fal=fal,
        product=(_worker(settings, python), _front_door(settings, python)),
        unused=tuple(sorted(led.keys() & given.keys())),
    )


def _local_defaults(
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


def _valkey(run_dir: Path) -> Fake:
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
    return Fake(program, {"redis_url": url})


def _telegram(sandbox: SandboxPorts, run_dir: Path, python: str) -> Fake:
    port = Port("sandbox_telegram_port", sandbox.sandbox_telegram_port)
    command = _sandbox_command("telegram", port, run_dir, python)
    program = Program(
        name="telegram",
        command=(*command, "--token", _FAKE_BOT),
        probe=HttpAnswers(_address(port)),
        next_step=f"If its chats are damaged, move {run_dir / 'telegram'} away; or set tg_bot_token to your own bot.",
    )
    return Fake(program, {"tg_bot_token": _FAKE_BOT, "tg_api_base": _address(port)}, port)


def _fal(sandbox: SandboxPorts, run_dir: Path, python: str) -> Fake:
    port = Port("sandbox_fal_port", sandbox.sandbox_fal_port)
    program = Program(
        name="fal",
        command=_sandbox_command("fal", port, run_dir, python),
        probe=HttpAnswers(_address(port)),
        next_step=f"If its files are damaged, move {run_dir / 'fal'} away; or set fal_api_key to your own key.",
    )
    names = ("fal_queue_base_url", "fal_rest_base_url", "fal_platform_base_url")
    bases = dict.fromkeys(names, _address(port))
    return Fake(program, {"fal_api_key": _FAKE_FAL_KEY, **bases}, port)


def _sandbox_command(name: str, port: Port, run_dir: Path, python: str) -> tuple[str, ...]:
    module = (python, "-m", f"infra.sandbox.{name}")
    return (*module, "--port", str(port.number), "--data", str(run_dir / name))


def _front_door(settings: Settings, python: str) -> Program:
    return Program(
        name="webhook_app",
        command=(python, "-m", "webhook_app"),
        probe=HttpAnswers(f"{settings.local_url}/version"),
        next_step="Check the settings in .env; .env.example describes each.",
    )


def _worker(settings: Settings, python: str) -> Program:
    return Program(
        name="worker",
        command=(python, "-m", "worker"),
        probe=RedisAnswers(settings.redis_url, _HEALTH_KEYS),
        next_step="Check that Redis and Telegram are reachable, then check the settings in .env.",
    )


def _address(port: Port) -> str:
    return f"http://{port.host}:{port.number}"
