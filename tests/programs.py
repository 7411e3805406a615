"""External programs that tests run and that no Python package brings."""

import os
import shutil
import sys
from typing import NoReturn

import pytest


def find_program(name: str, package: str, *other_names: str) -> str:
    """Return the path of a program that Debian has in `package`.

    A test that needs a missing one is skipped on a developer's machine and fails in CI (`.ci/run` installs all of
    them); a command such as `make tour` ends.
    """
    for candidate in (name, *other_names):
        if path := shutil.which(candidate):
            return path
    return refuse(f"{name} is not installed: apt-get install {package}")


def refuse(reason: str) -> NoReturn:
    """Skip the test, fail it in CI, or end the command: this machine lacks a program."""
    if "PYTEST_VERSION" not in os.environ:
        sys.exit(reason)
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
