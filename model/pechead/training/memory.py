"""Keeping memory between steps, which on a processor is worth a third of the time."""

import ctypes
import platform

TRIM_THRESHOLD = -1
MMAP_MAX = -4
NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have the C library keep what is freed for the next step.

    By default it gives large blocks back to the system at once, and each new one has to be filled with zeros
    page by page. Only glibc can be told so.

    Returns:
        whether it was told so.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    return bool(library.mallopt(MMAP_MAX, 0) and library.mallopt(TRIM_THRESHOLD, NEVER))
