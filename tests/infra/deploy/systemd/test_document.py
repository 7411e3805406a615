"""What docs/deploy.md tells an operator to type, typed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.deploy.systemd.document import commands
from tests.processes import ROOT

_APART = ("unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc")
_NEEDED = {"caddy": "caddy", "unshare": "util-linux", "ip": "iproute2", "openssl": "openssl"}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_following_the_document_ends_in_a_picture(tmp_path: Path) -> None:
    """From clone to a picture, through Caddy and the webhook, as a user without rights; no secret is in a log."""
    _check_machine()
    _download_packages(tmp_path / "packages")
    rehearsed = subprocess.run(
        [*_APART, sys.executable, "-m", "tests.infra.deploy.systemd.rehearsal"],
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


def _check_machine() -> None:
    missing = [package for command, package in _NEEDED.items() if not shutil.which(command)]
    if os.geteuid() == 0 and not missing:
        return
    what = f"This needs root and {', '.join(_NEEDED.values())}; missing: {missing or 'root'}."
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def _download_packages(folder: Path) -> None:
    """The rehearsal has no network."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    requirements = ["--require-hashes", "-r", str(ROOT / "requirements.txt"), "-d", str(folder)]
    subprocess.run([*pip, *requirements], check=True, capture_output=True)


def test_every_command_of_the_document_is_one_for_a_shell() -> None:
    """The blocks parse; what an operator copies is no prose."""
    script = commands("With systemd")
    subprocess.run(["/bin/bash", "-n"], input=script, text=True, check=True)
    assert "systemctl enable --now darkroom.target" in script
