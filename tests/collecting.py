"""What is freed by itself, without Python's collector of what holds itself."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# More turns of the loop than the end of a connection takes.
TURNS = 50


@dataclass(frozen=True, slots=True)
class Left:
    """What there is of these kinds beside what there was before, which is held as long as this."""

    kinds: tuple[type, ...]
    before: tuple[object, ...]

    def __call__(self) -> list[str]:
        """Answer their names."""
        known = set(map(id, self.before))
        return sorted(type(each).__name__ for each in _all(self.kinds) if id(each) not in known)

    async def soon(self, *names: str) -> list[str]:
        """Answer their names, once the loop has ended what it was about to end."""
        for _ in range(TURNS):
            if (found := self()) == list(names):
                break
            await asyncio.sleep(0)
        return found


@contextmanager
def uncollected(*kinds: type) -> Iterator[Left]:
    """Let nothing be freed but what nobody holds any more; tell what is left of these kinds."""
    gc.collect()
    gc.disable()
    try:
        yield Left(kinds, tuple(_all(kinds)))
    finally:
        gc.enable()


def _all(kinds: tuple[type, ...]) -> list[object]:
    return [each for each in gc.get_objects() if issubclass(type(each), kinds)]
