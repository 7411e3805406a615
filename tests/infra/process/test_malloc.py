import platform
import subprocess
import sys

from tests.processes import ROOT

PROGRAM = """
import ctypes, threading
from infra.process.malloc import limit_malloc_arenas
assert limit_malloc_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)
def ask():
    together.wait()
    for _ in range(20000):
        libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=ask) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def test_threads_share_two_arenas() -> None:
    """malloc reports at most two arenas after eight threads have allocated memory (glibc only)."""
    if platform.libc_ver()[0] != "glibc":
        return
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 1 <= told.stdout.count("<heap nr=") <= 2
