"""Bling's lists: newest first, by page number, filtered by change to the second."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from connectors.bling.sandbox.forms import read_stamp
from gateway.model.time import Clock

K = TypeVar("K")
V = TypeVar("V")
MOST_ROWS = 100
_LONGEST = timedelta(days=366)


class QueryRefused(ValueError):
    """A query that Bling does not take."""


@dataclass(slots=True)
class Entry(Generic[V]):
    """A record, and when it was changed last."""

    value: V
    changed_at: datetime


class Shelf(Generic[K, V]):
    """Records of one kind, in the order in which they came."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[K, Entry[V]] = {}
        self._keys: list[K] = []

    def __iter__(self) -> Iterator[V]:
        return (entry.value for entry in self._entries.values())

    def put(self, key: K, value: V, changed_at: datetime | None = None) -> bool:
        """Take a record; answer whether it is new."""
        is_new = key not in self._entries
        at = (changed_at or self._clock.now()).replace(microsecond=0)
        self._entries[key] = Entry(value, at)
        if is_new:
            self._keys.append(key)
        return is_new

    def get(self, key: K) -> V | None:
        """Answer a record."""
        entry = self._entries.get(key)
        return entry.value if entry else None

    def pop(self, key: K) -> V | None:
        """Forget a record."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._keys.remove(key)
        return entry.value

    def page(self, query: Mapping[str, str]) -> list[V]:
        """Answer the page that a query asks for; raises QueryRefused."""
        since, until = period(query, "dataAlteracao", self._clock.now())
        if since is None and until is None:
            return [self._entries[key].value for key in newest(self._keys, query)]
        entries = self._entries.values()
        rows = [each.value for each in entries if is_within(each.changed_at, since, until)]
        return newest(rows, query)


def newest(rows: Sequence[V], query: Mapping[str, str]) -> list[V]:
    """Answer the page that a query asks for, the last rows first; raises QueryRefused."""
    page, size = query.get("pagina", "1"), query.get("limite", str(MOST_ROWS))
    if not (page.isdigit() and size.isdigit() and int(page) >= 1 and 1 <= int(size) <= MOST_ROWS):
        raise QueryRefused("pagina begins with 1 and limite is at most 100")
    end = len(rows) - (int(page) - 1) * int(size)
    return list(rows[max(0, end - int(size)) : max(0, end)])[::-1]


def period(
    query: Mapping[str, str], name: str, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Answer the period of a filter; Bling refuses one of more than a year."""
    told = [query.get(f"{name}{end}") for end in ("Inicial", "Final")]
    try:
        since, until = (read_stamp(each) if each else None for each in told)
    except ValueError as error:
        raise QueryRefused(f"no date and time: {error}") from error
    if since is not None and (until or now) - since > _LONGEST:
        raise QueryRefused("the period is longer than a year")
    return since, until


def is_within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or moment >= since) and (until is None or moment <= until)
