"""What keeps a gateway from starting: all of it at once, each with what to do."""

from collections.abc import Sequence


class StartFailed(Exception):
    """The gateway cannot start; `faults` are sentences for people."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
