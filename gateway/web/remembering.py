"""Answers that are kept, of what callers send again and again."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

MOST_KEPT = 4096
LONGEST_KEPT = 256


def remembered(function: Callable[[str], T]) -> Callable[[str], T]:
    """Keep what a function answers for short texts, of the last used ones: memory is bounded.

    Only for what a text means to everybody; what is raised is not kept.
    """
    kept = lru_cache(MOST_KEPT)(function)

    @wraps(function)
    def ask(text: str) -> T:
        return kept(text) if len(text) <= LONGEST_KEPT else function(text)

    return ask
