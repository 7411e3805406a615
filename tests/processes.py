"""The real processes, as an operator runs them, on free ports and in a folder of their own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.forks import Fork
from tests.programs import find_program

ROOT = Path(__file__).parent.parent
TOKEN = "4200000000:sandbox-token-for-the-tests-0123456789"
# A worker imports for seconds; on a busy machine, for much longer.
READY_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


async def eventually(
    check: Callable[[], Awaitable[bool]], what: str, seconds: float = READY_SECONDS
) -> None:
    """Repeat the question until it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await check():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def status_of(url: str) -> int:
    """Return the HTTP status; 0 without a response."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http addresses
            status: int = answer.status
            return status
    except HTTPError as refusal:
        with refusal:
            return refusal.code
    except OSError:
        return 0


def skewed(offset: str) -> tuple[str, ...]:
    """Return the command prefix for a process whose wall clock has this offset, such as `+20s`.

    `env` becomes the process. faketime itself would stay its parent and take its signals.
    """
    faketime = find_program("faketime", "faketime")
    told = subprocess.run(
        [faketime, "-f", offset, "env"], check=True, capture_output=True, text=True
    )
    wanted = ("LD_PRELOAD=", "FAKETIME=")
    return ("env", *(line for line in told.stdout.splitlines() if line.startswith(wanted)))


@dataclass
class Process:
    """A process whose output goes to a file that a failing test can show.

    A `warm` one is forked from a process that has imported the libraries.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    warm: bool = False
    #: A command prefix that moves it to its own host or clock.
    prefix: tuple[str, ...] = ()
    running: subprocess.Popen[bytes] | Fork | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> Self:
        # The working directory is the folder, so that a developer's .env changes no test.
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment}
        self.running = self._fork(environment) if self.warm else self._execute(environment)
        return self

    def _fork(self, environment: Mapping[str, str]) -> Fork:
        flag, *arguments = self.arguments
        assert flag == "-m", "only modules are forked"
        return Fork(arguments, environment, self.folder, self.log)

    def _execute(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self.prefix, sys.executable, *self.arguments],
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        self.end(signal.SIGKILL, 5)

    def stop(self, seconds: float = 30) -> None:
        self.end(signal.SIGTERM, seconds)

    def wait(self, seconds: float = 30) -> int:
        """Wait until it ends; return its exit code."""
        assert self.running is not None
        code = self.running.wait(seconds)
        self.running = None
        return code

    def end(self, signum: signal.Signals, seconds: float = 30) -> None:
        if self.running is None:
            return
        self.running.send_signal(signum)
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
            raise
        finally:
            self.running = None

    def wait_for(self, url: str) -> Self:
        """Wait until the process answers; if it died, show its last lines."""

        def answers() -> bool:
            assert self.running is not None
            died = self.running.poll() is not None
            assert not died, f"{self.name} died:\n{self.log.read_text()[-3000:]}"
            return 0 < status_of(url) < 500

        wait_until(answers, f"{self.name} at {url}")
        return self


@dataclass
class Installation:
    """Both fakes, webhook_app and a worker, over a Valkey that the caller runs."""

    folder: Path
    redis_url: str
    mode: str = "polling"
    pace: float = 0.05
    chat_burst: int = 8
    warm: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.telegram_url = f"http://{self.host}:{free_port()}"
        self.fal_url = f"http://{self.host}:{free_port()}"
        self.api_url = f"http://{self.host}:{free_port()}"
        options = ("--token", TOKEN, "--chat-burst", str(self.chat_burst))
        self.telegram = self._fake("telegram", self.telegram_url, *options)
        self.fal = self._fake("fal", self.fal_url, "--pace", str(self.pace))
        self.web = self.process("web", "-m", "webhook_app")
        self.worker = self.process("worker", "-m", "worker")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "tg_bot_token": TOKEN,
            "tg_api_base": self.telegram_url,
            "tg_update_mode": self.mode,
            "tg_webhook_secret": "a-secret-for-the-tests",
            # One mode uses only polling, the other fal's webhooks.
            "public_url": self.api_url if self.mode == "webhook" else "",
            "api_host": self.host,
            "api_port": self.api_url.rpartition(":")[2],
            "redis_url": self.redis_url,
            "fal_api_key": "sandbox:key",
            "fal_queue_base_url": self.fal_url,
            "fal_rest_base_url": self.fal_url,
            "fal_platform_base_url": self.fal_url,
            "fal_run_base_url": self.fal_url,
            "image_poll_interval": "0.2",
            "video_poll_interval": "0.3",
            # Tests order more than a user does; tests of limits set their own.
            "user_max_jobs": "0",
            "user_daily_budget": "0",
            "team_daily_budget": "0",
            "fal_slots": "0",
            "media_dir": str(self.folder / "media"),
            # As much more than Telegram accepts as the fake does.
            "tg_messages_per_second": str(30 * self.chat_burst / 8),
            "tg_chat_messages_per_second": str(self.chat_burst / 8),
            "tg_group_messages_per_minute": str(max(self.chat_burst, 20)),
            **self.settings,
        }

    def process(self, name: str, *arguments: str) -> Process:
        """Create a further process of this installation, such as a second worker, without starting it."""
        return Process(name, arguments, self.environment, self.folder, self.warm)

    def run_command(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run an operator's command with the settings of this installation."""
        return subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _fake(self, name: str, url: str, *options: str) -> Process:
        port, data = url.rpartition(":")[2], str(self.folder / name)
        module = f"infra.sandbox.{name}"
        arguments = ("-m", module, "--host", self.host, "--port", port, "--data", data, *options)
        return Process(name, arguments, {}, self.folder, self.warm)

    def __enter__(self) -> Self:
        with ExitStack() as started:
            started.callback(self.stop)
            self.start_telegram()
            for process in (self.fal, self.worker, self.web):
                process.start()
            self.fal.wait_for(f"{self.fal_url}/requests")
            self.wait_until_healthy()
            started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for process in (self.web, self.worker, self.telegram, self.fal):
            process.stop()

    def start_telegram(self) -> None:
        self.telegram.start().wait_for(f"{self.telegram_url}/users")

    def wait_until_healthy(self) -> None:
        self.web.wait_for(f"{self.api_url}/version")
        wait_until(self.is_healthy, f"{self.api_url}/health")

    def is_healthy(self) -> bool:
        return status_of(f"{self.api_url}/health") == 200


@contextmanager
def said_on_failure(installation: Installation) -> Iterator[None]:
    """Add the processes' last lines to a failed assertion."""
    try:
        yield
    except AssertionError as failure:
        for log in sorted(installation.folder.glob("*.log")):
            failure.add_note(f"--- {log.name}\n{log.read_text()[-2500:]}")
        raise
