"""Runs docs/deploy.md from its first command to a delivered image, without changing this machine.

It runs as root in its own namespaces (mounts, network, processes), with overlays over the real folders.
Only what this machine lacks is replaced:

- `sudo`, `sudoedit`: the rehearsal is root, and the edit writes the operator's settings with the fakes' addresses.
- `apt-get`: the packages are installed already; the tests' Valkey replaces Redis, with Debian's settings.
- `systemctl`: tests/infra/deploy/systemd/systemctl.py.
- `git clone` clones this repository; pip installs the locked packages from a folder.
- The domain resolves to this machine; Caddy's own authority issues its certificate, which this machine trusts.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.infra.deploy.systemd.document import commands
from tests.infra.deploy.systemd.fakes import (
    ADMIN,
    FAL,
    LOCAL_AUTHORITY,
    TELEGRAM,
    write_commands,
)
from tests.infra.deploy.systemd.systemctl import state_of
from tests.message import is_photo
from tests.processes import ROOT, TOKEN, Process, wait_until
from tests.user import User
from tests.valkey import BINARY

_DOMAIN = "darkroom.example.com"
_REPOSITORY = "https://github.com/your-team/darkroom"
_WRITTEN_TO = ("/etc", "/opt", "/var", "/usr/local/share", str(Path.home()))
_CADDY = Path("/var/lib/caddy/.local/share/caddy")
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def main() -> None:
    state = Path(os.environ["REHEARSAL"])
    _lay_over(state / "scratch")
    _prepare_machine()
    write_commands(state / "bin")
    with ExitStack() as stack:
        for name, url, options in (
            ("telegram", TELEGRAM, ("--token", TOKEN)),
            ("fal", FAL, ("--pace", "0.05")),
        ):
            fake = _fake_service(state, name, url, *options).start()
            stack.callback(fake.stop)
        _follow_document(state)
        asyncio.run(_order_picture())
        _check_owners()


def _lay_over(scratch: Path) -> None:
    """Overlay these folders: writes go elsewhere, and only this process sees them."""
    scratch.mkdir()
    _run("mount", "-t", "tmpfs", "tmpfs", str(scratch))
    for folder in _WRITTEN_TO:
        upper, work = (scratch / f"{kind}{folder.replace('/', '-')}" for kind in ("upper", "work"))
        upper.mkdir()
        work.mkdir()
        layers = f"lowerdir={folder},upperdir={upper},workdir={work}"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, folder)


def _prepare_machine() -> None:
    _run("ip", "link", "set", "lo", "up")
    # Debian's unit lets Caddy listen on 443 by a capability.
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    with Path("/etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.0.1 {_DOMAIN}\n")
    redis = Path("/etc/redis")
    for folder in (redis, Path("/var/lib/redis")):
        folder.mkdir(exist_ok=True)
    (redis / "redis.conf").write_text("bind 127.0.0.1\nport 6379\ndir /var/lib/redis\n")
    Path("/etc/systemd/system/redis-server.service").write_text(
        f"[Service]\nExecStart={BINARY} /etc/redis/redis.conf\n"
    )
    _trust_caddy()
    # The Python installation may be in a home folder that a service cannot read.
    Path.home().chmod(0o755)


def _trust_caddy() -> None:
    """Create Caddy's authority, which its first run does."""
    who, authority = pwd.getpwnam("caddy"), _CADDY / "pki/authorities/local/root.crt"
    config = f"{LOCAL_AUTHORITY}}}\n{_DOMAIN} {{\n}}\n"
    with subprocess.Popen(
        ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", "-"],
        user=who.pw_uid,
        group=who.pw_gid,
        env={"HOME": who.pw_dir},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as caddy:
        assert caddy.stdin is not None
        caddy.stdin.write(config.encode())
        caddy.stdin.close()
        wait_until(authority.exists, "Caddy's authority")
        caddy.terminate()
    shutil.copy(authority, "/usr/local/share/ca-certificates/caddy.crt")
    subprocess.run(["/usr/sbin/update-ca-certificates"], check=True, capture_output=True)


def _fake_service(state: Path, name: str, url: str, *options: str) -> Process:
    port = url.rpartition(":")[2]
    arguments = ("-m", f"infra.sandbox.{name}", "--port", port, "--data", str(state / name))
    return Process(name, (*arguments, *options), {"SSL_CERT_FILE": _CERTIFICATES}, state)


def _follow_document(state: Path) -> None:
    environment = {
        "PATH": f"{state / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "REHEARSAL": str(state),
        "PYTHON": f"{sys.base_prefix}/bin/python3",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(state / "packages"),
        "SSL_CERT_FILE": _CERTIFICATES,
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.{ROOT}.insteadOf",
        "GIT_CONFIG_VALUE_0": _REPOSITORY,
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }
    script = f"set -euxo pipefail\n{commands('With systemd')}"
    subprocess.run(["/bin/bash", "-c", script], env=environment, check=True)


async def _order_picture() -> None:
    async with User(TELEGRAM, ADMIN) as somebody:
        await somebody.say("/image лиса на снегу")
        await somebody.wait_for(is_photo, timeout=30)
    print("An image was delivered.")  # noqa: T201 - this is a command


def _check_owners() -> None:
    for service in ("darkroom-web", "darkroom-worker@img_queue"):
        pid = state_of(f"{service}.service", "pid").read_text()
        owner = Path(f"/proc/{pid}").stat().st_uid
        assert owner != 0, f"{service} runs as root"


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
