"""docs/deploy.md from its first command to a picture, on this machine and without touching it.

It runs as root in namespaces of its own (mounts, network, processes); what is written is laid over the real folders.
What is not the machine's own is stood in for, and nothing else:

- `sudo`, `sudoedit`: we are root, and the edit is what an operator would type, with the stand-ins' addresses.
- `apt-get`: what it would install is there already; for Redis there is the tests' Valkey, with Debian's settings.
- `systemctl`: tests/infra/deploy/systemd/systemctl.py.
- `git clone` takes this very repository; pip takes the locked packages from a folder.
- The domain is this machine; its certificate comes from Caddy's own authority, which this machine trusts.
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
            fake = _stand_in(state, name, url, *options).start()
            stack.callback(fake.stop)
        _follow_document(state)
        asyncio.run(_order_picture())
        _check_owners()


def _lay_over(scratch: Path) -> None:
    """What is written to these folders is written elsewhere, and seen by us alone."""
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
    # Our Python may stand in a home where a service could not look.
    Path.home().chmod(0o755)


def _trust_caddy() -> None:
    """It makes its authority when it first runs."""
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


def _stand_in(state: Path, name: str, url: str, *options: str) -> Process:
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
