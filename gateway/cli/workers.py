"""How many processes serve."""

import os
import sys

import typer

from gateway.settings import MOST_WORKERS


def count_workers(told: int | str) -> int:
    """Answer how many processes are meant by a number or `auto`; raises BadParameter."""
    if told == "auto":
        return min(_cores(), MOST_WORKERS)
    if not str(told).isdigit() or not 1 <= int(told) <= MOST_WORKERS:
        raise typer.BadParameter(f"write a number from 1 to {MOST_WORKERS}, or auto")
    return int(told)


def connections_of(workers: int, pool_max: int) -> int:
    """Answer how many connections a gateway opens at most: a pool each, and one for wake-ups."""
    processes = workers if workers == 1 else workers + 1
    return processes * (pool_max + 1)


def _cores() -> int:
    """Answer how many cores this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
