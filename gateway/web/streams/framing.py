"""How a subscription's answers follow one another in one response."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.web.parts import Told


@dataclass(frozen=True, slots=True)
class Framing:
    """One way to write them down.

    `opening` goes first, so that headers are passed on at once; `heartbeat` keeps a silent stream
    alive; `fault` ends it from without, with a GraphQL response that holds errors; `ending` says
    that nothing more will come: without it, the caller's client comes again.
    """

    media_type: str
    opening: bytes
    heartbeat: bytes
    answer: Callable[[Told], bytes]
    fault: Callable[[bytes], bytes]
    ending: bytes
