"""Starts `trama worker` as often as a line comes in, and prints its pid.

What a worker imports is imported once: the story of workers that die starts many.
"""

import os
import signal
import sys

from gateway.cli import main


def start(path: str) -> int:
    """Answer the pid of a worker with this configuration."""
    pid = os.fork()
    if pid == 0:
        sys.argv = ["trama", "worker", "-c", path]
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        main()
        os._exit(0)
    return pid


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever dies is gone at once
    for _ in sys.stdin:
        print(start(sys.argv[1]), flush=True)
