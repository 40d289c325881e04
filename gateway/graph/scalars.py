"""The scalars: how values look on the wire, and what is refused."""

import base64
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

import strawberry

from gateway.federation.freshness import InvalidDuration, format_duration, parse_duration
from gateway.graph.refusals import bad_request
from gateway.projection.orders.read import OrderPlace

Sku = NewType("Sku", str)
PageCursor = NewType("PageCursor", str)
CountryCode = NewType("CountryCode", str)
PostalCode = NewType("PostalCode", str)
CurrencyCode = NewType("CurrencyCode", str)
Representation = NewType("Representation", object)

MOST_SKU_CHARACTERS = 200


def _text(value: Any, what: str, most: int) -> str:
    if not isinstance(value, str) or not value or len(value) > most or "\0" in value:
        raise ValueError(f"{what} is a text of 1 to {most} characters")
    return value


def _parse_time(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("write a time such as 2026-11-23T12:00:00Z (RFC 3339)") from None
    if moment.tzinfo is None:
        raise ValueError("write a time with its zone, such as 2026-11-23T12:00:00Z")
    return moment.astimezone(UTC)


def show_time(moment: datetime) -> str:
    """Answer a time as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse_duration(value: Any) -> timedelta:
    try:
        return parse_duration(value)
    except (InvalidDuration, TypeError) as error:
        raise ValueError(str(error)) from None


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime", description="A time in UTC (RFC 3339).",
        serialize=show_time, parse_value=_parse_time,
    ),
    timedelta: strawberry.scalar(
        name="Duration", description="A length of time (ISO 8601), e.g. PT5S.",
        serialize=format_duration, parse_value=_parse_duration,
    ),
    Decimal: strawberry.scalar(
        name="Decimal", description="An exact decimal number, as a string.",
        serialize=lambda value: format(value, "f"), parse_value=lambda value: Decimal(str(value)),
    ),
    Sku: strawberry.scalar(
        name="Sku", description="A SKU, byte for byte: leading zeros and case are kept.",
        serialize=str, parse_value=lambda value: Sku(_text(value, "a SKU", MOST_SKU_CHARACTERS)),
    ),
    PageCursor: strawberry.scalar(
        name="PageCursor", description="A place in a list, opaque.",
        serialize=str, parse_value=lambda value: PageCursor(_text(value, "a cursor", 500)),
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode", description="A country (ISO 3166-1 alpha-2).",
        serialize=str, parse_value=lambda value: CountryCode(_text(value, "a country", 2)),
    ),
    PostalCode: strawberry.scalar(
        name="PostalCode", description="A postal code as its country writes it.",
        serialize=str, parse_value=lambda value: PostalCode(_text(value, "a postal code", 20)),
    ),
    Representation: strawberry.scalar(
        name="_Any", description="A type's name and the key of one object of it.",
        serialize=lambda value: value, parse_value=lambda value: value,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode", description="A currency (ISO 4217), e.g. BRL.",
        serialize=str, parse_value=lambda value: CurrencyCode(_text(value, "a currency", 3)),
    ),
}  # fmt: skip


_ORDER_PLACE = re.compile(r"o1:(\d{1,20}):([0-9a-f-]{36})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_cursor(place: OrderPlace) -> PageCursor:
    """Answer the opaque cursor of an order's place."""
    micros = (place.placed_at - _EPOCH) // timedelta(microseconds=1)
    return PageCursor(_opaque(f"o1:{micros}:{place.id}"))


def order_place(cursor: str) -> OrderPlace:
    """Read an order's cursor back; raises a BAD_REQUEST error."""
    found = _ORDER_PLACE.fullmatch(_clear(cursor))
    if found is None:
        raise bad_request("this is not a cursor of this list")
    try:
        placed_at = _EPOCH + timedelta(microseconds=int(found[1]))
        return OrderPlace(placed_at, UUID(found[2]))
    except (OverflowError, ValueError):
        raise bad_request("this is not a cursor of this list") from None


def code_cursor(code: str) -> PageCursor:
    """Answer the opaque cursor of a place in a list ordered by code."""
    return PageCursor(_opaque(f"c1:{code}"))


def code_place(cursor: str) -> str:
    """Read a cursor of a list ordered by code back; raises a BAD_REQUEST error."""
    text = _clear(cursor)
    if not text.startswith("c1:") or "\0" in text:
        raise bad_request("this is not a cursor of this list")
    return text[3:]


def id_cursor(key: UUID) -> PageCursor:
    """Answer the opaque cursor of a place in a list ordered by id."""
    return PageCursor(_opaque(f"i1:{key}"))


def id_place(cursor: str) -> UUID:
    """Read a cursor of a list ordered by id back; raises a BAD_REQUEST error."""
    text = _clear(cursor)
    try:
        if text.startswith("i1:"):
            return UUID(text[3:])
    except ValueError:
        pass
    raise bad_request("this is not a cursor of this list")


def _opaque(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _clear(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, UnicodeDecodeError):
        return ""
