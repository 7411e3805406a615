"""Missing programs are named, and `.ci/run` installs them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.programs import find_program

CI = ROOT / ".ci" / "run"
LOOKED_FOR = re.compile(r'find_program\("([\w-]+)", "([\w-]+)"')


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)


def test_missing_program_names_its_package(empty_path: None) -> None:
    """The test is skipped and names the package; the rest of the suite runs."""
    with pytest.raises(pytest.skip.Exception, match="apt-get install prometheus"):
        find_program("promtool", "prometheus")


def test_missing_program_fails_in_ci(empty_path: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI skips no test for a missing program."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install prometheus"):
        find_program("promtool", "prometheus")


def test_command_without_its_program_ends(
    empty_path: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make tour` and `make chaos-hosts` are commands, not tests: they end and name the package."""
    monkeypatch.delenv("PYTEST_VERSION")
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        find_program("chromium", "chromium")


def test_first_existing_name_of_a_program_counts(empty_path: None, tmp_path: Path) -> None:
    """A program may have several names."""
    other = tmp_path / "google-chrome"
    other.touch(mode=0o755)
    assert find_program("chromium", "chromium", "chromium-browser", other.name) == str(other)


def sources() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def test_ci_installs_exactly_what_tests_need() -> None:
    """A missing package would fail CI; an extra one would stay for ever."""
    looked_for = {
        f"{name}:{package}"
        for source in sources()
        for name, package in LOOKED_FOR.findall(source.read_text())
    }
    installed = set(re.findall(r"[\w-]+:[\w-]+", CI.read_text().partition("; do")[0]))
    assert looked_for == installed


def test_tests_find_programs_by_find_program() -> None:
    """No test asserts that a program exists or runs a path that another machine may lack."""
    # The fake apt-get checks whether a package is installed.
    exempt = {Path(__file__), ROOT / "tests/programs.py", *(ROOT / "tests").rglob("fakes.py")}
    strays = [
        str(source.relative_to(ROOT))
        for source in sources()
        if source not in exempt and "shutil.which(" in source.read_text()
    ]
    assert strays == []


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_ci_runs_the_suite_on_every_python(tmp_path: Path) -> None:
    """It uses every Python from 3.12 on the PATH or pyenv's, each release once, without broken shims and alphas."""
    programs, versions = tmp_path / "bin", tmp_path / "pyenv" / "versions"
    programs.mkdir()
    (programs / "bash").symlink_to(find_program("bash", "bash"))
    for name in ("dirname", "env", "id", "sort", "true"):
        (programs / name).symlink_to(find_program(name, "coreutils"))
    for name in re.findall(r"([\w-]+):[\w-]+", CI.read_text().partition("; do")[0]):
        if name != "bash":
            (programs / name).symlink_to(programs / "true")
    write_program(programs / "make", f'echo "$@" >> {tmp_path}/made')
    write_program(programs / "python3.12", "echo 3.12")
    write_program(programs / "python3.13", "exit 127")
    for name, script in (
        ("3.11.7", "echo 3.11; exit 1"),
        ("3.12.9", "echo 3.12"),
        ("3.13.0", "echo 3.13"),
        ("3.14.1", "echo 3.14"),
        ("3.15a", "echo 3.15; exit 1"),
    ):
        (versions / name / "bin").mkdir(parents=True)
        write_program(versions / name / "bin" / "python3", script)
    ran = subprocess.run(
        [CI],
        env={"PATH": str(programs), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "pyenv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Python: 3.12 3.13 3.14\n" in ran.stdout
    assert (tmp_path / "made").read_text().splitlines() == [
        "lint PYTHON=python3.12",
        "test VENV=.venv PYTHON=python3.12",
        "proofs VENV=.venv PYTHON=python3.12",
        f"test VENV=.venv-3.13 PYTHON={versions}/3.13.0/bin/python3",
        f"test VENV=.venv-3.14 PYTHON={versions}/3.14.1/bin/python3",
    ]


def test_ci_is_executable() -> None:
    """Its owner can run `.ci/run`."""
    assert os.access(CI, os.X_OK)
