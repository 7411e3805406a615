import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.run import pidfile
from tests.infra.run.programs import lives

# Ignores SIGTERM, and reports when it does.
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def start_holder(path: Path, *command: str) -> "subprocess.Popen[bytes]":
    with pidfile.locked(path) as descriptor:
        process = subprocess.Popen(
            command, pass_fds=[descriptor], start_new_session=True, stdout=subprocess.PIPE
        )
        pidfile.write(descriptor, process.pid)
    return process


def test_pid_file_is_locked_while_the_process_lives(tmp_path: Path) -> None:
    """The child inherits the lock, and its exit frees it however it ends."""
    path = tmp_path / "a.pid"
    with start_holder(path, "sleep", "60") as process:
        assert pidfile.holder(path) == process.pid
        with pytest.raises(pidfile.PidfileLocked), pidfile.locked(path):
            pass
        process.kill()
    assert pidfile.holder(path) is None


async def test_unlocked_pid_is_left_alone(tmp_path: Path) -> None:
    """Process ids are reused: without the lock the number means nothing."""
    path = tmp_path / "a.pid"
    path.write_text(f"{os.getpid()}\n")
    assert await pidfile.end_holder(path) is None


async def test_holder_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A stop takes a bounded time."""
    path = tmp_path / "a.pid"
    with start_holder(path, sys.executable, "-c", STUBBORN) as process:
        assert process.stdout
        process.stdout.readline()
        assert await pidfile.end_holder(path, timeout_seconds=0.1) == process.pid
    assert not lives(process.pid)
