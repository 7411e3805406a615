"""The peers' virtual environment, rebuilt when their requirements change."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_FOLDER = ROOT / ".run" / "bench-venv"


def python_of_peers() -> str:
    """Return its Python; raise RuntimeError with pip's output when it cannot be made."""
    stamp, digest = _FOLDER / ".made-of", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    python = str(_FOLDER / "bin" / "python")
    if not stamp.exists() or stamp.read_text() != digest:
        _run(sys.executable, "-m", "venv", "--clear", str(_FOLDER))
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(python, *pip, "--require-hashes", "-r", str(REQUIREMENTS))
        stamp.write_text(digest)
    return python


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The peers could not be installed:\n{done.stderr[-2000:]}")
