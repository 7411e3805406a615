"""Run the command `darkroom` of this virtual environment, with and without a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: Installed by `make install`.
DARKROOM = str(Path(sys.executable).with_name("darkroom"))


def run_on_terminal(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> tuple[int, str]:
    """Return the exit code and the output to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=theirs, stderr=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as screen:
        written = b""
        # Reading fails once nobody holds the other end.
        while piece := _read(screen.fileno()):
            written += piece
    return process.wait(30), written.decode()


def run_without_terminal(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> tuple[int, str]:
    """Return the exit code and the output to a pipe, as a log gets it."""
    ended = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
