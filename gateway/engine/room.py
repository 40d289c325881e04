"""How much compiled code is kept, of all operations together: what was made first goes first."""

from collections import deque
from collections.abc import Hashable
from typing import Any

# As text; what is made of it takes some five times as much memory.
MOST_CODE = 8 * 1024 * 1024


class Room:
    """The room that compiled variants have, by the length of their text; the last always fits."""

    def __init__(self, most: int = MOST_CODE) -> None:
        self._most = most
        self._taken = 0
        self._made: deque[tuple[dict[Any, Any], Hashable, int]] = deque()

    def take(self, variants: dict[Any, Any], key: Hashable, size: int) -> None:
        """Take room for what was put among variants by a key; others are taken out for it."""
        self._made.append((variants, key, size))
        self._taken += size
        while self._taken > self._most and len(self._made) > 1:
            among, gone, freed = self._made.popleft()
            among.pop(gone, None)
            self._taken -= freed
