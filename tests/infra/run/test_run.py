"""`make run` as a user runs it: one process, started, disturbed and stopped."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from infra.run import pidfile
from infra.run.plan import SandboxPorts
from infra.settings import Settings
from tests.infra.run.programs import lives, make_folders, pid_of, until
from tests.terminal import DARKROOM

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PORTS = ("api_port", "sandbox_telegram_port", "sandbox_fal_port")
CHILDREN = ("valkey", "telegram", "fal", "worker", "webhook_app")


def free_ports() -> dict[str, str]:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        numbers = [str(server.getsockname()[1]) for server in servers]
    return dict(zip(PORTS, numbers, strict=True))


class Run:
    """One `darkroom run` in its own folder."""

    def __init__(self, folder: Path, given: Mapping[str, str]) -> None:
        self.run_dir = folder / ".run"
        self._screen = folder / "screen"
        names = {*Settings.model_fields, *SandboxPorts.model_fields}
        inherited = {key: value for key, value in os.environ.items() if key.lower() not in names}
        with self._screen.open("ab") as screen:
            self.process = subprocess.Popen(
                (DARKROOM, "run"),
                cwd=folder,
                env={**inherited, **given, "PYTHONPATH": str(ROOT)},
                stdout=screen,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self._screen.read_text()

    def has_output(self, words: str) -> bool:
        return words in self.text

    async def end(self) -> int:
        return await asyncio.to_thread(self.process.wait)

    def pids(self) -> dict[str, int]:
        return {path.stem: pid_of(self.run_dir, path.stem) for path in self._pid_files()}

    def _pid_files(self) -> list[Path]:
        return sorted((self.run_dir / "children").glob("*.pid"))


@contextmanager
def running(folder: Path, given: Mapping[str, str]) -> Iterator[Run]:
    run = Run(folder, given)
    try:
        yield run
    finally:
        run.process.terminate()
        run.process.wait()


def is_healthy(ports: Mapping[str, str]) -> bool:
    addresses = [f"http://127.0.0.1:{ports[name]}" for name in PORTS]
    try:
        answers = [httpx.get(f"{address}/health", trust_env=False) for address in addresses]
    except httpx.TransportError:
        return False
    # The fakes have no such page: a response is enough.
    return answers[0].status_code == 200


def examine(folder: Path) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Run the doctor without settings of its own; return its exit code, and its findings by check."""
    ended = subprocess.run(
        [DARKROOM, "doctor", "--json"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "API_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    findings: dict[str, list[dict[str, str]]] = {}
    for one in json.loads(ended.stdout)["findings"]:
        findings.setdefault(one["check"], []).append(one)
    return ended.returncode, findings


async def test_life_of_a_run(tmp_path: Path) -> None:
    """A run starts without an account, passes the doctor, refuses a second start, restarts killed children,
    and leaves nothing.
    """
    ports = free_ports()
    with running(tmp_path, ports) as run:
        await until(partial(run.has_output, "Darkroom is running."), timeout_seconds=30)
        # /health has the result of the last check, which may precede the start of some parts.
        await until(partial(is_healthy, ports), timeout_seconds=10)
        code, findings = examine(tmp_path)
        assert code == 0, findings
        assert f"process {run.process.pid}" in findings["make run"][0]["what"]
        assert findings.keys() >= {"redis", "storage", "telegram", "fal", "workers", "webhook_app"}

        with running(tmp_path, free_ports()) as second:
            assert await second.end() == 1
        assert f"Another `make run` (process {run.process.pid}) runs in" in run.text

        for pid in run.pids().values():
            os.kill(pid, signal.SIGKILL)
        for name in CHILDREN:
            await until(partial(run.has_output, f"{name} is running again"), timeout_seconds=30)
        await until(partial(is_healthy, ports))

        pids = run.pids()
        assert set(pids) == set(CHILDREN)
        run.process.terminate()
        assert await run.end() == 0
        code, findings = examine(tmp_path)
        assert code == 1
        assert "make run" not in findings
        assert not [name for name, pid in pids.items() if lives(pid)]


async def test_taken_ports_are_all_reported_and_nothing_is_started(tmp_path: Path) -> None:
    """Half a service would be worse than none."""
    ports = free_ports()
    with ExitStack() as stack:
        for name in PORTS:
            stack.enter_context(socket.create_server(("127.0.0.1", int(ports[name]))))
        run = stack.enter_context(running(tmp_path, ports))
        assert await run.end() == 1
    for name in PORTS:
        assert f"Port {ports[name]} is in use by" in run.text
    assert "Nothing was started." in run.text
    assert run.pids() == {}


def start_orphan(descriptor: int) -> "subprocess.Popen[bytes]":
    wait = (sys.executable, "-c", "import time; time.sleep(60)")
    return subprocess.Popen(wait, pass_fds=[descriptor], start_new_session=True)


async def test_children_of_a_killed_run_are_stopped_first(tmp_path: Path) -> None:
    """kill -9 of the parent leaves children; the next start stops them and reports it."""
    make_folders(tmp_path / ".run")
    with pidfile.locked(tmp_path / ".run" / "children" / "worker.pid") as descriptor:
        orphan = start_orphan(descriptor)
        pidfile.write(descriptor, orphan.pid)
    with running(tmp_path, {**free_ports(), "api_host": "203.0.113.7"}) as run:
        assert await run.end() == 1
    assert "Stopped worker, left behind by a run that was killed." in run.text
    assert orphan.wait() == -signal.SIGTERM


@pytest.mark.parametrize("source", ["environment", ".env"])
async def test_invalid_settings_are_reported(tmp_path: Path, source: str) -> None:
    """The message is text without the values, not a traceback."""
    given = {"app_env": "production", "TG_WEBHOOK_SECRET": "hush hush", "tg_bot_token": "1:hush"}
    if source == ".env":
        (tmp_path / ".env").write_text("".join(f"{key}={value}\n" for key, value in given.items()))
    with running(tmp_path, given if source == "environment" else {}) as run:
        assert await run.end() == 1
    assert "tg_webhook_secret: must be 1 to 256 of" in run.text
    assert "hush" not in run.text
    assert "Traceback" not in run.text
