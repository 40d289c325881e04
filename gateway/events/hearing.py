"""What one reader is told: the same as `load_events` answers for it, decided in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from gateway.model.events import EventWish
from gateway.model.principal import Reach
from gateway.projection.audiences import Name, NamedAudience, names_of
from gateway.projection.events import LoggedEvent
from gateway.projection.tail import TailEntry

# By what readers are found: an order, a name of an audience, a wished channel, or always.
Key: TypeAlias = UUID | Name
ALWAYS: Key = ("always",)


@dataclass(frozen=True, slots=True)
class Hearer:
    """A reader's reach and wish."""

    wish: EventWish
    everything: bool
    names: frozenset[Name]

    @classmethod
    def of(cls, reach: Reach, wish: EventWish) -> "Hearer":
        """Answer who hears what is within a reach, and wished."""
        return cls(wish, reach.everything, frozenset() if reach.everything else names_of(reach))

    def keys(self) -> frozenset[Key]:
        """Answer the keys of which every entry that it may hear has one."""
        if self.wish.orders:
            return self.wish.orders
        if not self.everything:
            return self.names
        return frozenset(("channel", each) for each in self.wish.channels) or frozenset([ALWAYS])

    def hears(self, entry: TailEntry) -> LoggedEvent | None:
        """Answer the event as the reader is told it; None where it is told nothing."""
        event, wish = entry.event, self.wish
        if wish.orders and event.order_id not in wish.orders:
            return None
        if self._belongs_to(entry.now):
            return event if not wish.types or event.type in wish.types else None
        was_there = entry.before is not None and self._belongs_to(entry.before)
        return event.left() if was_there else None

    def _belongs_to(self, audience: NamedAudience) -> bool:
        is_wished = not self.wish.channels or audience.channel in self.wish.channels
        return is_wished and (self.everything or not self.names.isdisjoint(audience.names))


def keys_of(entry: TailEntry) -> Iterator[Key]:
    """Answer every key by which a reader of the entry can be found."""
    yield ALWAYS
    yield entry.event.order_id
    yield from entry.now.names
    if entry.before is not None:
        yield from entry.before.names
