"""Settings of glibc's malloc.

https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 128 * 1024


def limit_malloc_arenas() -> bool:
    """Limit malloc to two arenas, and return large blocks at once; False if this libc has no such settings.

    glibc gives each thread an arena, an arena keeps what was freed in it, and the threshold for large blocks grows. A
    process whose threads handle chunks of a video one after another would keep many copies. Call it before threads
    start.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all(mallopt(*limit) == 1 for limit in ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, _LARGE)))
