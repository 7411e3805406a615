"""The fake of fal in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import Process, free_port


@contextmanager
def run_fal(folder: Path, *options: str) -> Iterator[str]:
    """Run it with its data in this folder; yield its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    where = ("--port", str(port), "--data", str(folder / "data"))
    command = ("-m", "infra.sandbox.fal", *where, *options)
    process = Process("fal", command, {}, folder, warm=True).start()
    try:
        process.wait_for(f"{url}/.well-known/jwks.json")
        yield url
    finally:
        process.stop()
