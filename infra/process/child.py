"""Child processes that run a module of ours with a memory limit and without secrets."""

import asyncio
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

from infra.process.malloc import limit_malloc_arenas

_ROOT = Path(__file__).resolve().parents[2]


async def run_child(module: str, request: bytes, seconds: float) -> tuple[int, bytes]:
    """Run a module's main function; return its exit code and its answer. Raises TimeoutError after it was killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module),
        # The child gets no environment, which contains secrets.
        env={"PYTHONPATH": str(_ROOT)},
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await child.communicate(request)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode or 0, answer


def limit_memory(most: int) -> None:
    """Limit the bytes that this process allocates. If memory runs out, the kernel kills it before its parent."""
    limit_malloc_arenas()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
