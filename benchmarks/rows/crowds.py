"""P10's subscribers, the events that are for them, and what became of these."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from benchmarks.clients.subscribers import PATIENCE_SECONDS, Notes
from benchmarks.times import Times
from gateway.projection.log import Event

MOST_OF_ONE_CHANNEL = 10
ORDERS_OF_ONE_CHANNEL = 4


@dataclass(frozen=True)
class Crowd:
    """Subscribers by channel: 1, 2, ... 10 of a channel, and again."""

    size: int

    @property
    def channels(self) -> dict[str, int]:
        """How many subscribers each channel has."""
        found: dict[str, int] = {}
        left, sizes = self.size, itertools.cycle(range(1, MOST_OF_ONE_CHANNEL + 1))
        while left:
            found[f"channel-{len(found)}"] = taken = min(left, next(sizes))
            left -= taken
        return found

    def events(self, first: int) -> Iterator[Event]:
        """Answer events without end, of a few orders a channel; their versions number them."""
        channels = list(self.channels)
        for number in itertools.count(first):
            channel = number % len(channels)
            order = UUID(int=channel * ORDERS_OF_ONE_CHANNEL + number % ORDERS_OF_ONE_CHANNEL + 1)
            audience = {"channel": channels[channel], "locations": []}
            yield Event(
                "order.updated", "order", order, number, ("status",), audience, datetime.now(UTC)
            )

    def wanted(self, numbers: Iterable[int]) -> dict[int, int]:
        """Answer how many subscribers each event is for."""
        sizes = list(self.channels.values())
        return {number: sizes[number % len(sizes)] for number in numbers}


@dataclass(frozen=True)
class Work:
    """CPU seconds of all who share the two cores."""

    server: float
    client: float
    postgres: float
    appender: float

    def since(self, before: "Work") -> "Work":
        """Answer what was worked since then."""
        return Work(
            self.server - before.server, self.client - before.client,
            self.postgres - before.postgres, self.appender - before.appender,
        )  # fmt: skip


@dataclass(frozen=True)
class Delivered:
    """What became of some events; `seconds` is how long it took until the last one was read."""

    times: Times
    missing: int
    doubled: int
    events_per_second: float
    answers_per_second: float
    seconds: float


def judge(notes: Notes, crowd: Crowd, committed: dict[int, float], seconds: float) -> Delivered:
    """Answer what became of events by the moments of their commits; `seconds` those took."""
    came, wanted = Counter(notes.numbers), crowd.wanted(committed)
    missing = sum(max(0, size - came[number]) for number, size in wanted.items())
    doubled = sum(max(0, came[number] - size) for number, size in wanted.items())
    took = [
        (at - committed[number]) * 1000
        for number, at in zip(notes.numbers, notes.times, strict=True)
    ]
    until = max(notes.times, default=0.0) - min(committed.values())
    return Delivered(
        Times(took or [PATIENCE_SECONDS * 1000]), missing, doubled, len(committed) / seconds,
        len(took) / until, until,
    )  # fmt: skip
