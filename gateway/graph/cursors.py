"""Cursors as callers see them: each is sealed for its caller, and for one list or log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from graphql import GraphQLError

from gateway.events.cursor import Log
from gateway.events.errors import CursorExpired, InvalidCursor
from gateway.graph.context import Context
from gateway.graph.scalars import EventCursor, PageCursor
from gateway.projection.orders.read import OrderPlace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def event_cursor(context: Context, log: Log, position: int) -> EventCursor:
    """Answer the cursor of a place in a log."""
    seal = context.services.feed.seal
    return EventCursor(seal.seal(log, position, context.principal.id))


def event_place(context: Context, log: Log, cursor: str | None) -> int | None:
    """Read a place in a log back, None for none; raises an INVALID_CURSOR error."""
    if cursor is None:
        return None
    try:
        return context.services.feed.seal.open(log, cursor, context.principal.id)
    except InvalidCursor:
        raise invalid_cursor() from None


@contextmanager
def going_on(context: Context, log: Log) -> Iterator[None]:
    """Tell, where the log no longer goes back so far, from where the caller may go on."""
    try:
        yield
    except CursorExpired as error:
        raise cursor_expired(event_cursor(context, log, error.resume_from)) from error


def order_cursor(context: Context, name: str, place: OrderPlace) -> PageCursor:
    """Answer the cursor of an order's place in a list of this name."""
    micros = (place.placed_at - _EPOCH) // _MICROSECOND
    return page_cursor(context, name, f"{micros}:{place.id}")


def order_place(context: Context, name: str, cursor: str | None) -> OrderPlace | None:
    """Read an order's place back, None for none; raises an INVALID_CURSOR error."""
    place = page_place(context, name, cursor)
    if place is None:
        return None
    micros, _, key = place.partition(":")
    return OrderPlace(_EPOCH + int(micros) * _MICROSECOND, UUID(key))


def page_cursor(context: Context, name: str, place: str) -> PageCursor:
    """Answer the cursor of a place in a list of this name."""
    seal = context.services.feed.seal
    return PageCursor(seal.seal_page(name, place, context.principal.id))


def page_place(context: Context, name: str, cursor: str | None) -> str | None:
    """Read a place in a list back, None for none; raises an INVALID_CURSOR error."""
    if cursor is None:
        return None
    try:
        return context.services.feed.seal.open_page(name, cursor, context.principal.id)
    except InvalidCursor:
        raise invalid_cursor() from None


def id_place(context: Context, name: str, cursor: str | None) -> UUID | None:
    """Read a place in a list ordered by id back; raises an INVALID_CURSOR error."""
    place = page_place(context, name, cursor)
    return None if place is None else UUID(place)


def invalid_cursor() -> GraphQLError:
    """Answer an error for a cursor that is not of this list, or not of this caller."""
    message = "this is not a cursor of yours in this list; begin without it"
    return GraphQLError(message, extensions={"code": "INVALID_CURSOR"})


def cursor_expired(resume_from: EventCursor) -> GraphQLError:
    """Answer an error for a cursor that the log no longer goes back to."""
    message = "events after this cursor are no longer kept; go on from extensions.resumeFrom"
    extensions = {"code": "CURSOR_EXPIRED", "resumeFrom": resume_from}
    return GraphQLError(message, extensions=extensions)
