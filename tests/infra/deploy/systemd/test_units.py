"""The units, checked by systemd's own tools."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.programs import find_program
from worker.main import DRAIN_SECONDS
from worker.queues.names import Queue

_UNITS = ROOT / "infra" / "deploy" / "systemd"
#: Of 100; the rest is the network, and files that a group may read.
_MOST_EXPOSED = 15


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = find_program("systemd-analyze", "systemd")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Copy the units with another program path: the product is not installed where they expect it."""
    for unit in _UNITS.glob("darkroom*"):
        text = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE
        )
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_systemd_verifies_the_units(units: Path) -> None:
    """systemd-analyze finds no misspelt setting and no missing dependency."""
    verified = _analyze("verify", *map(str, sorted(units.iterdir())))
    ours = [line for line in verified.stderr.splitlines() if "darkroom" in line]
    assert (verified.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", ["darkroom-web.service", "darkroom-worker@.service"])
def test_services_are_hardened(units: Path, name: str) -> None:
    """An attacker inside a service reaches its own files and the network only."""
    judged = _analyze(
        "security", "--offline=yes", f"--threshold={_MOST_EXPOSED}", str(units / name)
    )
    assert judged.returncode == 0, judged.stdout


def test_target_has_a_worker_for_every_queue() -> None:
    """A new queue cannot be forgotten in the target."""
    target = (_UNITS / "darkroom.target").read_text()
    assert set(re.findall(r"darkroom-worker@(\w+)\.service", target)) == set(Queue)


def test_stop_timeout_exceeds_the_workers_own() -> None:
    """systemd's stop timeout is longer than the worker's own."""
    unit = (_UNITS / "darkroom-worker@.service").read_text()
    seconds = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert seconds
    assert int(seconds[1]) > 2 * DRAIN_SECONDS
