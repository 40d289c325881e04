"""What is freed by itself, without Python's collector of what holds itself."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let nothing be freed but what nobody holds any more, not even itself."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def left_of(*kinds: type) -> list[str]:
    """Answer the kinds of the objects that there are of these, by name."""
    return sorted(type(each).__name__ for each in gc.get_objects() if issubclass(type(each), kinds))
