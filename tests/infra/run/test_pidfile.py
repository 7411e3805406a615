import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.run import pidfile
from tests.infra.run.programs import lives

# Deaf to SIGTERM, which it says once it is.
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def start_holder(path: Path, *command: str) -> "subprocess.Popen[bytes]":
    with pidfile.locked(path) as descriptor:
        process = subprocess.Popen(
            command, pass_fds=[descriptor], start_new_session=True, stdout=subprocess.PIPE
        )
        pidfile.write(descriptor, process.pid)
    return process


def test_file_is_held_for_as_long_as_the_process_lives(tmp_path: Path) -> None:
    """The lock goes over to the child, and its end frees it whatever the end was."""
    path = tmp_path / "a.pid"
    with start_holder(path, "sleep", "60") as process:
        assert pidfile.holder(path) == process.pid
        with pytest.raises(pidfile.Held), pidfile.locked(path):
            pass
        process.kill()
    assert pidfile.holder(path) is None


async def test_number_of_a_process_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """A process id is used again some day; without the lock it means nothing."""
    path = tmp_path / "a.pid"
    path.write_text(f"{os.getpid()}\n")
    assert await pidfile.end_holder(path) is None


async def test_holder_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """A stop has a bound."""
    path = tmp_path / "a.pid"
    with start_holder(path, sys.executable, "-c", STUBBORN) as process:
        assert process.stdout
        process.stdout.readline()
        assert await pidfile.end_holder(path, patience=0.1) == process.pid
    assert not lives(process.pid)
