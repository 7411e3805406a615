"""Version and commit of this installation."""

import functools
import os
import platform
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TypedDict

_ROOT = Path(__file__).parents[2]


class Version(TypedDict):
    name: str
    version: str
    commit: str | None
    python: str


@functools.cache
def read_version() -> Version:
    """Read pyproject.toml, and the commit from DARKROOM_COMMIT (an image has no repository) or git."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "name": project["name"],
        "version": project["version"],
        "commit": os.environ.get("DARKROOM_COMMIT") or _commit(),
        "python": platform.python_version(),
    }


def _commit() -> str | None:
    git = shutil.which("git")
    if not git or not (_ROOT / ".git").exists():
        return None
    # A service may read a repository that belongs to root, which git refuses by default.
    command = [git, "-c", f"safe.directory={_ROOT}", "-C", str(_ROOT), "rev-parse", "HEAD"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no external input
    return asked.stdout.strip() or None
