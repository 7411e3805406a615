"""`make run` and `make test` need only git, make, Python and coreutils."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port, status_of, wait_until
from tests.programs import find_program, refuse

pytestmark = pytest.mark.slow

#: https://www.gnu.org/software/coreutils/manual/coreutils.html, those that scripts use.
COREUTILS = """
    [ basename cat chmod chown cp cut date dd df dirname du echo env expr false head id install join ln ls md5sum mkdir
    mktemp mv nice nl nohup nproc od paste printf pwd readlink realpath rm rmdir seq sha256sum sleep sort split stat
    stty tail tee test timeout touch tr true tty uname uniq wc whoami yes
"""
# The environment may set where packages come from.
KEPT = ("HOME", "LANG", "PIP_", "SSL_", "http_proxy", "https_proxy", "no_proxy")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH with nothing else."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("git", "make"):
        (path / name).symlink_to(find_program(name, name))
    for name in COREUTILS.split():
        (path / name).symlink_to(find_program(name, "coreutils"))
    python = f"python3.{sys.version_info.minor}"
    (path / python).symlink_to(Path(sys.base_prefix) / "bin" / python)
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return {**kept, "PATH": str(path)}


@pytest.fixture
def clone(tmp_path: Path, environment: dict[str, str]) -> Path:
    if not (ROOT / ".git").exists():
        refuse("this is not a checkout of git")
    folder = tmp_path / "darkroom"
    command = [
        f"{environment['PATH']}/git",
        "clone",
        "--quiet",
        "--no-local",
        str(ROOT),
        str(folder),
    ]
    subprocess.run(command, env=environment, check=True)
    return folder


@pytest.fixture
def ports() -> dict[str, str]:
    names = ("api_port", "sandbox_telegram_port", "sandbox_fal_port")
    return {name: str(free_port()) for name in names}


@pytest.fixture
def running(clone: Path, environment: dict[str, str], ports: dict[str, str]) -> Iterator[Path]:
    """Run `make run`, with its output in a file."""
    screen = clone / "screen"
    with screen.open("wb") as output:
        run = subprocess.Popen(
            [f"{environment['PATH']}/make", "run"],
            cwd=clone,
            env={**environment, **ports},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield screen
    finally:
        os.killpg(run.pid, signal.SIGTERM)
        run.wait(30)


@pytest.mark.timeout(600)
def test_make_run_starts_a_fresh_clone(running: Path, ports: dict[str, str]) -> None:
    """It installs what it needs and starts everything."""
    try:
        wait_until(lambda: "Darkroom is running." in running.read_text(), "make run", seconds=500)
    except AssertionError as failure:
        failure.add_note(running.read_text()[-3000:])
        raise
    # /health reports the last check, which ran before everything was up.
    health = f"http://127.0.0.1:{ports['api_port']}/health"
    wait_until(lambda: status_of(health) == 200, "/health is 200", seconds=20)


def test_make_help_needs_nothing(clone: Path, environment: dict[str, str]) -> None:
    """`make help` works before anything is installed."""
    make = f"{environment['PATH']}/make"
    told = subprocess.run(
        [make], cwd=clone, env=environment, capture_output=True, text=True, check=True
    )
    assert "make run " in told.stdout
    assert "make test " in told.stdout


@pytest.mark.timeout(300)
def test_missing_program_skips_its_tests(environment: dict[str, str]) -> None:
    """The other tests pass, and the skip names the package to install."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "not slow and not browser"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", "tests/infra/deploy"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    for package in ("prometheus", "systemd", "kubernetes-client", "bash"):
        assert f"apt-get install {package}" in ran.stdout
