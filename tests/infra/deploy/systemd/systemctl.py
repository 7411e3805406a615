"""Fake `systemctl` for machines without systemd: starts what the units define, with their user and folder.

It supports only what docs/deploy.md uses. systemd-analyze checks the hardening of the units.
"""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.infra.deploy.systemd.unit import Unit, read_unit


def control(arguments: Sequence[str]) -> None:
    match list(arguments):
        case ["daemon-reload"]:
            pass
        case ["restart", name]:
            _restart(name)
        case ["enable", "--now", name]:
            for service in read_unit(name).words("Wants"):
                _restart(service)
        case unknown:
            sys.exit(f"the rehearsal knows no `systemctl {' '.join(unknown)}`")


def state_of(service: str, what: str) -> Path:
    """Return the path of a service's pid file or log."""
    return Path(os.environ["REHEARSAL"]) / f"{service}.{what}"


def _restart(name: str) -> None:
    service = name if name.endswith(".service") else f"{name}.service"
    pid_file = state_of(service, "pid")
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
    _start(read_unit(service))


def _start(unit: Unit) -> None:
    who = pwd.getpwnam(unit.one("User", "root"))
    for name in unit.words("StateDirectory"):
        directory = Path("/var/lib") / name
        directory.mkdir(exist_ok=True)
        directory.chmod(int(unit.one("StateDirectoryMode", "0755"), 8))
        os.chown(directory, who.pw_uid, who.pw_gid)
    with state_of(unit.name, "log").open("ab") as log:
        process = subprocess.Popen(
            unit.words("ExecStart"),
            user=who.pw_uid,
            group=who.pw_gid,
            extra_groups=[],
            cwd=unit.one("WorkingDirectory", "/"),
            env={"PATH": "/usr/bin:/bin", "HOME": who.pw_dir, **unit.environment},
            umask=int(unit.one("UMask", "0022"), 8),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    state_of(unit.name, "pid").write_text(str(process.pid))
