"""The C library's memory settings for a server: large buffers are kept, not given back to the kernel after every request.

With the usual thresholds a 400 KB body costs a map and an unmap each time it is copied, about as much CPU as everything else together.
"""

import ctypes
import sys
from typing import Final

TRIM_THRESHOLD: Final = -1
MMAP_THRESHOLD: Final = -3
KEPT: Final = 256 << 20
LARGE: Final = 32 << 20


def tuned() -> bool:
    """Whether the settings were made: only the GNU C library knows them."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(MMAP_THRESHOLD, LARGE)) and bool(mallopt(TRIM_THRESHOLD, KEPT))
