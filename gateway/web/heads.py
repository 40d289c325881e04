"""A request's headers, read once and found by name."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.types import Scope

if TYPE_CHECKING:
    from gateway.web.manners import Manners
    from gateway.web.presented import Presented

RawHeader = tuple[bytes, bytes]
# What holds a credential.
CREDENTIALS = (("authorization", b"authorization"), ("x-api-key", b"x-api-key"))
_KEY = "trama.heads"
# What every answer says, unless it says otherwise by itself.
SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
}
REQUEST_ID = b"x-request-id"
VARY = (b"vary", b"Origin")


class Heads:
    """Every header, by its name in lower case as the server tells it.

    `first` has the first value of each name, `has_more` says whether a name comes twice. `manners`
    and `presented` are what others have read in them, for the next request that says the same.
    """

    __slots__ = ("_raw", "first", "has_more", "manners", "presented")

    def __init__(self, raw: Sequence[RawHeader]) -> None:
        self._raw = raw
        self.manners: Manners | None = None
        self.presented: Presented | None = None
        self.first = dict(raw)
        self.has_more = len(self.first) != len(raw)
        if self.has_more:
            self.first = dict(reversed(raw))

    def get(self, name: bytes) -> str | None:
        """Answer the first value, if there is one."""
        told = self.first.get(name)
        return None if told is None else told.decode("latin-1")

    def all(self, name: bytes) -> Sequence[str]:
        """Answer every value, in their order."""
        if self.has_more:
            return [value.decode("latin-1") for key, value in self._raw if key == name]
        told = self.first.get(name)
        return () if told is None else (told.decode("latin-1"),)

    def credentials(self) -> dict[str, Sequence[str]]:
        """Answer all values of what may hold a credential."""
        if self.has_more:
            return {name: self.all(key) for name, key in CREDENTIALS}
        bearer, key = self.first.get(b"authorization"), self.first.get(b"x-api-key")
        return {
            "authorization": () if bearer is None else (bearer.decode("latin-1"),),
            "x-api-key": () if key is None else (key.decode("latin-1"),),
        }

    def whole(self) -> Mapping[str, Sequence[str]]:
        """Answer all values of all names."""
        return {name.decode("latin-1"): self.all(name) for name in self.first}


class KnownHeaders(tuple[RawHeader, ...]):
    """Headers that a connection has sent before, read once for all its requests that say them.

    Whoever stands between the server and the app can only put others in their place.
    """

    heads: Heads

    def __new__(cls, raw: Sequence[RawHeader]) -> "KnownHeaders":
        """Read them."""
        made = super().__new__(cls, raw)
        made.heads = Heads(raw)
        return made


def heads_of(scope: Scope) -> Heads:
    """Answer the headers of the request at hand."""
    told = scope["headers"]
    if type(told) is KnownHeaders:
        return told.heads
    if _KEY not in scope:
        scope[_KEY] = Heads(list(scope["headers"]))
    heads: Heads = scope[_KEY]
    return heads
