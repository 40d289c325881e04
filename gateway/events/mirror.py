"""Who keeps copies of positions in the process, and hears of every one that has changed."""

from collections.abc import Iterable
from typing import Protocol


class Mirror(Protocol):
    """Told by the tail, round after round: `begin`, what has changed, `complete`.

    What is told in a round is all that was committed before it began, and had not been told. What
    has changed may be told without a beginning and an end too.
    """

    @property
    def is_keeping(self) -> bool:
        """Whether there is a copy that may have to be forgotten."""

    async def begin(self) -> None:
        """Read what copies are to be judged by once the round is complete."""

    def forget(self, skus: Iterable[str]) -> None:
        """These have changed."""

    def forget_everything(self) -> None:
        """Anything may have changed."""

    def complete(self) -> None:
        """Judge by what was read at the beginning of the round."""


class NoMirror:
    """Nobody keeps copies."""

    is_keeping = False

    async def begin(self) -> None:
        return None

    def forget(self, skus: Iterable[str]) -> None:
        return None

    def forget_everything(self) -> None:
        return None

    def complete(self) -> None:
        return None
