"""Lets what a process holds lie in large pages of memory, where Linux has them.

A request touches thousands of small objects that lie all over the heap, and on a virtual machine
looking up where each page is costs about as much as a tenth of the whole request. `madvise(2)`,
MADV_COLLAPSE (Linux 6.1): best effort, at once, and never needed for anything but speed.
"""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

LARGE_BYTES = 2 << 20
_COLLAPSE = 25
_MAPS = Path("/proc/self/maps")


def use_large_pages(maps: Path = _MAPS) -> int:
    """Have what the heap holds by now in large pages; answer how many bytes are in them."""
    if sys.platform != "linux":
        return 0
    try:
        spans = list(_spans(maps.read_text()))
        madvise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return 0
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(size for start, size in spans if madvise(start, size, _COLLAPSE) == 0)


def _spans(maps: str) -> Iterator[tuple[int, int]]:
    """Answer start and size of what large pages fit into of the heap and of what has no file."""
    for line in maps.splitlines():
        place, rights, _, _, file, *name = line.split(maxsplit=5)
        if "w" not in rights or file != "0" or name not in ([], ["[heap]"]):
            continue
        first, last = (int(each, 16) for each in place.split("-"))
        start, end = -(-first // LARGE_BYTES) * LARGE_BYTES, last // LARGE_BYTES * LARGE_BYTES
        if end > start:
            yield start, end - start
