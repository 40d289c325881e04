"""What lies in large pages is what was there before, and no more is told than the kernel does."""

import os
import subprocess
import sys
from pathlib import Path

from gateway.web.pages import LARGE_BYTES, use_large_pages

ROLLUP = Path("/proc/self/smaps_rollup")
TRY = """
import sys
from pathlib import Path
from gateway.web.pages import use_large_pages
held = [str(number) * 8 for number in range(300_000)]
told = use_large_pages()
lines = Path("/proc/self/smaps_rollup").read_text().splitlines() if sys.platform == "linux" else []
huge = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("AnonHugePages"))
print(told, huge, held == [str(number) * 8 for number in range(300_000)])
"""


def test_the_heap_is_whole_and_as_much_of_it_is_in_large_pages_as_is_told() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", TRY], capture_output=True, text=True, check=True, env=os.environ
    )
    told, huge, is_whole = ran.stdout.split()
    assert is_whole == "True"
    assert int(told) % LARGE_BYTES == 0
    assert int(huge) >= int(told)


def test_where_the_maps_cannot_be_read_nothing_is_done(tmp_path: Path) -> None:
    assert use_large_pages(tmp_path / "none") == 0


def test_what_is_a_files_is_left_alone(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.write_text(
        "7f0000000000-7f0000800000 rw-p 00000000 08:01 77 /usr/lib/some.so\n"
        "7f0001000000-7f0001800000 r--p 00000000 00:00 0\n"
        "7ffd00000000-7ffd00800000 rw-p 00000000 00:00 0 [stack]\n"
    )
    assert use_large_pages(maps) == 0
