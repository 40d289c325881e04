"""The calls that one operation may cause at each source."""

from collections.abc import Sequence
from typing import TypeVar

from gateway.connect.errors import Throttled

K = TypeVar("K")


class Allowance:
    """Counts them; what is beyond is not asked for. `is_used`: whether anything was to be asked."""

    __slots__ = ("_made", "_most", "is_used")

    def __init__(self, calls_per_source: int | None = None) -> None:
        self._most = calls_per_source
        self._made: dict[str, int] = {}
        self.is_used = False

    def admit(self, source_id: str, keys: Sequence[K], per_call: int) -> Sequence[K]:
        """Answer as many of the keys as there are calls left for, and count these calls."""
        self.is_used = self.is_used or bool(keys)
        if self._most is None:
            return keys
        made = self._made.get(source_id, 0)
        admitted = keys[: max(0, self._most - made) * per_call]
        self._made[source_id] = made - (-len(admitted) // per_call)
        return admitted

    def refusal(self, source_id: str) -> Throttled:
        """Answer what goes wrong with the others."""
        return Throttled(
            f"this operation may ask {source_id} no more than {self._most} times; ask for less", 0.0
        )
