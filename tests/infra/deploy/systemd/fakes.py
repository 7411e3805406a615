"""Replacements for programs that docs/deploy.md calls and a rehearsal must not: rehearsal.py gives the reasons."""

import os
import pwd
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.infra.deploy.systemd import systemctl
from tests.processes import ROOT, TOKEN

TELEGRAM, FAL = "http://127.0.0.1:8081", "http://127.0.0.1:8082"
ADMIN = 1001
#: No public authority certifies a domain here, so Caddy's internal one does.
LOCAL_AUTHORITY = "{\n\tlocal_certs\n\tskip_install_trust\n"
_CADDYFILE = Path("/etc/caddy/Caddyfile")
#: The settings that an operator types, with the addresses of the fakes.
_TYPED = {
    "tg_bot_token": TOKEN,
    "tg_allowed_user_ids": str(ADMIN),
    "tg_admin_user_ids": str(ADMIN),
    "fal_api_key": "sandbox:key",
}
_ELSEWHERE = {
    "tg_api_base": TELEGRAM,
    "fal_queue_base_url": FAL,
    "fal_rest_base_url": FAL,
    "fal_platform_base_url": FAL,
    "fal_run_base_url": FAL,
}
#: The packages of apt, by the command that each provides.
_PACKAGES = {"git": "git", "caddy": "caddy", "python3-venv": "python3", "redis-server": "bash"}


def sudo(arguments: Sequence[str]) -> None:
    """Run as root already; run as another user with that user's rights."""
    if arguments[0] == "-u":
        user, arguments = pwd.getpwnam(arguments[1]), arguments[2:]
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.execvp(arguments[0], list(arguments))  # noqa: S606 - the document's own command


def edit(arguments: Sequence[str]) -> None:
    file = Path(arguments[0])
    lines = file.read_text().splitlines()
    typed = [_fill_in(line) for line in lines]
    file.write_text("\n".join([*typed, *(f"{k}={v}" for k, v in _ELSEWHERE.items())]) + "\n")


def _fill_in(line: str) -> str:
    name, is_setting, value = line.partition("=")
    return f"{name}={_TYPED.get(name, value)}" if is_setting and not value else line


def install_packages(arguments: Sequence[str]) -> None:
    if arguments[0] == "update":
        return
    for package in arguments[2:]:
        if not shutil.which(_PACKAGES[package]):
            sys.exit(f"{package} is not installed: apt-get install {package}")


def control_services(arguments: Sequence[str]) -> None:
    if list(arguments) == ["restart", "caddy"]:
        _CADDYFILE.write_text(_CADDYFILE.read_text().replace("{\n", LOCAL_AUTHORITY, 1))
    systemctl.control(arguments)


_COMMANDS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "sudo": sudo,
    "sudoedit": edit,
    "apt-get": install_packages,
    "systemctl": control_services,
}


def write_commands(folder: Path) -> None:
    """Write programs of these names into a folder for the front of the PATH."""
    folder.mkdir()
    for name in _COMMANDS:
        program = folder / name
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m {__name__} {name} "$@"\n'
        )
        program.chmod(0o755)


if __name__ == "__main__":
    _COMMANDS[sys.argv[1]](sys.argv[2:])
