"""Hears that the log goes on; what an endpoint is sent is read for its owner."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateway.events.feed import Feed
from gateway.model.events import EventWish
from gateway.model.principal import Principal, PrincipalKind, Reach

_LISTENER = Principal("worker", PrincipalKind.OPERATOR, frozenset(), Reach(everything=True))


async def listen(feed: Feed) -> AsyncGenerator[int, None]:
    """Yield how far the log goes, at once and whenever there is more."""
    async for lot in feed.follow(_LISTENER, EventWish(), after=None):
        yield lot[-1].position


async def log_end(feed: Feed) -> int:
    """Answer how far the log goes, as its readers see it."""
    async with aclosing(listen(feed)) as positions:
        async for position in positions:
            return position
    raise RuntimeError("nobody follows the log")
