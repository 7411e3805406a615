"""The commands of docs/deploy.md, executed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.deploy.systemd.document import commands
from tests.processes import ROOT
from tests.programs import find_program, refuse

_APART = ("--mount", "--net", "--pid", "--fork", "--mount-proc")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_following_the_document_delivers_an_image(tmp_path: Path) -> None:
    """From clone to an image, through Caddy and the webhook, as an unprivileged user; no log has a secret."""
    unshare = _check_machine()
    _download_packages(tmp_path / "packages")
    rehearsed = subprocess.run(
        [unshare, *_APART, sys.executable, "-m", "tests.infra.deploy.systemd.rehearsal"],
        cwd=ROOT,
        env={**os.environ, "REHEARSAL": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    logs = {log.name: log.read_text() for log in tmp_path.glob("*.log")}
    last_words = "\n".join(f"--- {name}\n{text[-1500:]}" for name, text in logs.items())
    assert rehearsed.returncode == 0, f"{rehearsed.stdout[-4000:]}\n{last_words}"
    assert "An image was delivered." in rehearsed.stdout
    access = logs["caddy.service.log"]
    assert re.search(r'"uri": ?"/fal/webhook/…"', access)
    assert "Secret-Token" not in access


def _check_machine() -> str:
    """Skip without root and these programs; return the path of the first."""
    if os.geteuid() != 0:
        refuse("this needs root, for namespaces")
    find_program("bash", "bash")
    find_program("caddy", "caddy")
    find_program("curl", "curl")
    find_program("ip", "iproute2")
    find_program("mount", "mount")
    find_program("openssl", "openssl")
    find_program("sed", "sed")
    find_program("update-ca-certificates", "ca-certificates")
    find_program("useradd", "passwd")
    return find_program("unshare", "util-linux")


def _download_packages(folder: Path) -> None:
    """The rehearsal has no network."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    requirements = ["--require-hashes", "-r", str(ROOT / "requirements.txt"), "-d", str(folder)]
    subprocess.run([*pip, *requirements], check=True, capture_output=True)


def test_commands_of_the_document_are_valid_shell() -> None:
    """The blocks parse as shell: an operator copies no prose."""
    script = commands("With systemd")
    subprocess.run([find_program("bash", "bash"), "-n"], input=script, text=True, check=True)
    assert "systemctl enable --now darkroom.target" in script
