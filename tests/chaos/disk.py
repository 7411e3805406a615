"""A media folder that fills up: a file system of its own for root, else a folder that accepts no more files."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Twice the size of 500 results of 1.2 MB: only `fill` may fill it.
_MEGABYTES = 1280
_BLOCK = bytes(1024 * 1024)


class Disk:
    """The folder of all results during a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        self._is_mounted = os.geteuid() == 0

    @contextmanager
    def mounted(self) -> Iterator["Disk"]:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._is_mounted:
            size = f"size={_MEGABYTES}m,mode=777"
            subprocess.run(
                ["/bin/mount", "-t", "tmpfs", "-o", size, "darkroom-chaos", str(self._folder)],
                check=True,
            )
        try:
            yield self
        finally:
            self.free()
            if self._is_mounted:
                subprocess.run(["/bin/umount", "--lazy", str(self._folder)], check=True)

    def fill(self) -> None:
        """Let every further write fail."""
        if not self._is_mounted:
            for folder in (self._folder, *self._folder.rglob("*/")):
                folder.chmod(0o500)
            return
        with suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:  # ENOSPC
            while True:
                ballast.write(_BLOCK)

    def free(self) -> None:
        if not self._is_mounted:
            for folder in (self._folder, *self._folder.rglob("*/")):
                folder.chmod(0o700)
        self._ballast.unlink(missing_ok=True)
