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
    commit = os.environ.get("DARKROOM_COMMIT")
    git = shutil.which("git")
    if not commit and git and (_ROOT / ".git").exists():
        # A service may read a repository that belongs to root, which git refuses by default.
        command = [git, "-c", f"safe.directory={_ROOT}", "-C", str(_ROOT), "rev-parse", "HEAD"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no external input
        commit = asked.stdout.strip()
    return {
        "name": project["name"],
        "version": project["version"],
        "commit": commit or None,
        "python": platform.python_version(),
    }
