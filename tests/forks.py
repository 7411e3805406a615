"""Processes forked from one that has already imported the libraries, to save a worker's seconds of imports.

Each fork imports our own modules itself. It is as real as a process from the shell: it has a pid, an environment and a
folder, and dies of signals. https://docs.python.org/3/library/multiprocessing.html
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_LIBRARIES = [
    *("aiogram", "aiogram.methods", "arq.cli", "av", "cryptography.hazmat.primitives.asymmetric"),
    *(
        "fluent.runtime",
        "httpx",
        "httpx_aiohttp",
        "obstore.store",
        "PIL.Image",
        "pydantic_settings",
    ),
    *("redis.asyncio", "starlette.applications", "uvicorn"),
]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_LIBRARIES)


class Fork:
    """`python -m <arguments>` with an environment, a working directory and a log, with the interface of
    `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._process = _context.Process(
            target=_run, args=(arguments, dict(environment), folder, log), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, signum: signal.Signals) -> None:
        if self._process.is_alive():
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self._process.kill()


def _run(arguments: Sequence[str], environment: dict[str, str], folder: Path, log: Path) -> None:
    module, *options = arguments
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.path.insert(0, environment["PYTHONPATH"])
    sys.argv = [module, *options]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
