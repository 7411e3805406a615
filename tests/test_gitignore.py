import subprocess

import pytest

from tests.processes import ROOT
from tests.programs import find_program, refuse


@pytest.mark.parametrize(
    ("path", "is_ignored"),
    [
        ("media/images/2026/11/22/a.png", True),
        ("media/videos/2026/11/22/a.mp4", True),
        ("media/inputs/2026/11/22/a-photo.png", True),
        ("media/.incoming/a", True),
        ("media/a-folder-of-a-later-version/a", True),
        ("media/.gitkeep", True),
        ("media/images/.gitkeep", False),
        ("media/videos/.gitkeep", False),
        (".env", True),
        (".run/valkey/appendonly.aof", True),
        (".venv-3.13/bin/python", True),
    ],
)
def test_media_files_are_ignored(path: str, is_ignored: bool) -> None:  # noqa: FBT001 - a parameter
    """Git ignores everything under media/ but the two empty folders."""
    if not (ROOT / ".git").exists():
        refuse("this is not a checkout of git")
    git = find_program("git", "git")
    command = [git, "-c", f"safe.directory={ROOT}", "check-ignore", "--quiet", path]
    asked = subprocess.run(command, cwd=ROOT, check=False)
    assert asked.returncode == (0 if is_ignored else 1)
