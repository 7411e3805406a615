"""How a process asks the system for memory, and gives it back.

https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 128 * 1024


def limit_malloc_arenas() -> bool:
    """Two arenas for all threads, and what is large goes back at once; False: this libc has no such settings.

    glibc gives each thread an arena, each arena keeps what was freed in it, and what counts as large grows with
    that: a process whose threads take turns with a clip's pieces would hold them many times over. To be called
    before the threads begin.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all(mallopt(*limit) == 1 for limit in ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, _LARGE)))
