"""A bounded cache in the process, behind aiocache's interface: what was used least recently goes.

aiocache's own memory backend grows without end. Nothing here waits, so each command has a plain
twin beside it (`peek_many`, `put`, `drop`) for whoever answers in microseconds.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer


class BoundedCache(BaseCache):
    """At most so many entries, and so many bytes as `size_of` says that values have."""

    NAME = "bounded"

    def __init__(
        self,
        *,
        max_entries: int,
        max_bytes: int,
        size_of: Callable[[Any], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        BaseCache.__init__(self, serializer=NullSerializer(), timeout=None)
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._monotonic = monotonic
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._ends: dict[Hashable, float] = {}
        self.bytes = 0
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._entries)

    def peek_many(self, keys: Iterable[Hashable]) -> list[Any]:
        """Answer the values, in the asked order, None where there is none; each counts as used."""
        entries, found = self._entries, []
        if self._ends:
            self._expire_due()
        for key in keys:
            value = entries.get(key)
            if value is not None:
                entries.move_to_end(key)
            found.append(value)
        return found

    def put(self, key: Hashable, value: Any, ttl: float | None = None) -> None:
        """Keep a value, and let go what there is no room for any more; one too big is not kept."""
        self.drop([key])
        size = self._size_of(value)
        if size > self._max_bytes:
            return
        self._entries[key], self._sizes[key] = value, size
        self.bytes += size
        if ttl:
            self._ends[key] = self._monotonic() + ttl
        while len(self._entries) > self._max_entries or self.bytes > self._max_bytes:
            self.drop([next(iter(self._entries))])
            self.evictions += 1

    def drop(self, keys: Iterable[Hashable]) -> int:
        """Let go; answer how many there were."""
        before = len(self._entries)
        for key in keys:
            if key in self._entries:
                del self._entries[key]
                self.bytes -= self._sizes.pop(key)
                self._ends.pop(key, None)
        return before - len(self._entries)

    def drop_where(self, is_over: Callable[[Any], bool]) -> int:
        """Let go what has such a key; answer how many there were."""
        return self.drop([key for key in self._entries if is_over(key)])

    def _expire_due(self) -> None:
        now = self._monotonic()
        self.drop([key for key, end in self._ends.items() if end <= now])

    def _has(self, key: Hashable) -> bool:
        self._expire_due()
        return key in self._entries

    async def _get(self, key: Hashable, encoding: str | None = None, _conn: Any = None) -> Any:
        return self.peek_many([key])[0]

    async def _gets(self, key: Hashable, encoding: str | None = None, _conn: Any = None) -> Any:
        return self.peek_many([key])[0]

    async def _multi_get(
        self, keys: Sequence[Hashable], encoding: str | None = None, _conn: Any = None
    ) -> list[Any]:
        return self.peek_many(keys)

    async def _set(
        self,
        key: Hashable,
        value: Any,
        ttl: float | None = None,
        _cas_token: Any = None,
        _conn: Any = None,
    ) -> bool:
        if _cas_token is not None and _cas_token != self.peek_many([key])[0]:
            return False
        self.put(key, value, ttl)
        return True

    async def _multi_set(
        self, pairs: Iterable[tuple[Hashable, Any]], ttl: float | None = None, _conn: Any = None
    ) -> bool:
        for key, value in pairs:
            self.put(key, value, ttl)
        return True

    async def _add(
        self, key: Hashable, value: Any, ttl: float | None = None, _conn: Any = None
    ) -> bool:
        if self._has(key):
            raise ValueError(f"{key!r} is there already; `set` replaces it")
        self.put(key, value, ttl)
        return True

    async def _exists(self, key: Hashable, _conn: Any = None) -> bool:
        return self._has(key)

    async def _increment(self, key: Hashable, delta: int, _conn: Any = None) -> int:
        known = self.peek_many([key])[0]
        if not isinstance(known, int | None):
            raise TypeError(f"{key!r} is no number")
        value = (known or 0) + delta
        end = self._ends.get(key)
        self.put(key, value, None if end is None else end - self._monotonic())
        return value

    async def _expire(self, key: Hashable, ttl: float | None, _conn: Any = None) -> bool:
        if not self._has(key):
            return False
        self._ends.pop(key, None)
        if ttl:
            self._ends[key] = self._monotonic() + ttl
        return True

    async def _delete(self, key: Hashable, _conn: Any = None) -> int:
        return self.drop([key])

    async def _clear(self, namespace: str | None = None, _conn: Any = None) -> bool:
        self.drop_where(lambda key: not namespace or str(key).startswith(namespace))
        return True

    async def _redlock_release(self, key: Hashable, value: Any) -> int:
        return self.drop([key]) if self.peek_many([key])[0] == value else 0
