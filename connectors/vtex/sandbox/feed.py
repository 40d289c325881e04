"""Feed v3: a queue of changes, read in lots, hidden while it is worked on, gone when committed."""

import base64
import re
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import msgspec

from gateway.model.time import Clock

_ALWAYS = "$exists(orderId)"
_STATUS = re.compile(r'\s*\(?\s*status\s*=\s*"([^"]*)"\s*\)?\s*')


class FilterRefused(ValueError):
    """A filter that VTEX, or this sandbox, does not take."""


class ConfigConflict(ValueError):
    """Both kinds of filter in one configuration: VTEX answers 409."""


class Filter(msgspec.Struct, rename="camel", omit_defaults=True):
    """Which changes come. Of JSONata this sandbox knows `$exists(orderId)` and `status = "x"`."""

    type: str
    status: list[str] | None = None
    expression: str | None = None
    disable_single_fire: bool | None = None

    def check(self) -> None:
        """Raise FilterRefused or ConfigConflict unless the filter can be kept."""
        if self.type == "FromWorkflow":
            if self.expression is not None or self.disable_single_fire is not None:
                raise ConfigConflict("FromWorkflow takes no expression")
        elif self.type != "FromOrders":
            raise FilterRefused("type is FromWorkflow or FromOrders")
        elif self.status is not None:
            raise ConfigConflict("FromOrders takes no status")
        else:
            _words_of(self.expression)

    def wants(self, status_before: str | None, status: str) -> bool:
        """Answer whether a change is told."""
        if self.type == "FromWorkflow":
            return status != status_before and (not self.status or status in self.status)
        words = _words_of(self.expression)
        return words is None or status in words

    @property
    def fires_once(self) -> bool:
        """Answer whether an order is told only once."""
        return self.type == "FromOrders" and not self.disable_single_fire


class Queue(msgspec.Struct):
    """How long an item is hidden and kept, in seconds of VTEX's time."""

    visibility_timeout_in_seconds: int = msgspec.field(name="visibilityTimeoutInSeconds")
    message_retention_period_in_seconds: int = msgspec.field(name="MessageRetentionPeriodInSeconds")


class FeedSettings(msgspec.Struct):
    """POST /api/orders/feed/config."""

    filter: Filter
    queue: Queue


@dataclass(slots=True)
class Item:
    """A change in the queue; `reads` makes every handle a new one."""

    body: dict[str, Any]
    since: float
    reads: int = 0

    @property
    def handle(self) -> str:
        text = f"{self.body['eventId']}.{self.reads}"
        return base64.b64encode(text.encode()).decode()


class Feed:
    """One key's feed."""

    def __init__(self, settings: FeedSettings, clock: Clock, speed: float) -> None:
        self.settings = settings
        self._clock = clock
        self._speed = speed
        self._ready: deque[Item] = deque()
        self._hidden: list[tuple[float, int, Item]] = []
        self._handles: dict[str, Item] = {}
        self._fired: set[str] = set()
        self._serial = 0
        self._told_at = clock.monotonic()

    @property
    def is_removed(self) -> bool:
        """VTEX removes a feed that nothing was told to for its whole retention."""
        return self._clock.monotonic() - self._told_at > self._retention

    @property
    def quantity(self) -> int:
        """Count the items, hidden ones too."""
        return len(self._ready) + len(self._handles)

    @property
    def oldest_age(self) -> float:
        """Answer the age of the oldest item in seconds of VTEX's time."""
        ages = [item.since for item in (*self._ready, *self._handles.values())]
        return (self._clock.monotonic() - min(ages)) * self._speed if ages else 0.0

    def tell(self, body: dict[str, Any], status_before: str | None) -> None:
        """Take a change in if the filter wants it."""
        wanted = self.settings.filter
        if not wanted.wants(status_before, body["state"]):
            return
        if wanted.fires_once and body["orderId"] in self._fired:
            return
        self._fired.add(body["orderId"])
        self._told_at = self._clock.monotonic()
        self._ready.append(Item(body, self._told_at))

    def read(self, lot: int) -> list[dict[str, Any]]:
        """Answer the next items and hide them."""
        self._show_again()
        taken: list[dict[str, Any]] = []
        while self._ready and len(taken) < lot:
            item = self._ready.popleft()
            if self._clock.monotonic() - item.since > self._retention:
                continue
            item.reads += 1
            self._hide(item)
            taken.append({"handle": item.handle, **item.body})
        return taken

    def commit(self, handles: list[str]) -> None:
        """Forget the items of handles that still hold."""
        self._show_again()
        for handle in handles:
            self._handles.pop(handle, None)

    def _hide(self, item: Item) -> None:
        self._serial += 1
        timeout = self.settings.queue.visibility_timeout_in_seconds / self._speed
        heappush(self._hidden, (self._clock.monotonic() + timeout, self._serial, item))
        self._handles[item.handle] = item

    def _show_again(self) -> None:
        now = self._clock.monotonic()
        while self._hidden and self._hidden[0][0] <= now:
            item = heappop(self._hidden)[2]
            if self._handles.pop(item.handle, None) is not None:
                self._ready.append(item)

    @property
    def _retention(self) -> float:
        return self.settings.queue.message_retention_period_in_seconds / self._speed


def _words_of(expression: str | None) -> set[str] | None:
    """Answer the states that an expression wants, None for all; raises FilterRefused."""
    if expression is None:
        raise FilterRefused("FromOrders needs an expression")
    if expression == _ALWAYS:
        return None
    words = set()
    for part in expression.split(" or "):
        found = _STATUS.fullmatch(part)
        if found is None:
            raise FilterRefused('this sandbox knows only $exists(orderId) and status = "..."')
        words.add(found.group(1))
    return words
