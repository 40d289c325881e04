"""The scalars: how values look on the wire, and what is refused."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NewType

import strawberry

from gateway.engine.natives import native
from gateway.federation.freshness import InvalidDuration, format_duration, parse_duration

Sku = NewType("Sku", str)
PageCursor = NewType("PageCursor", str)
EventCursor = NewType("EventCursor", str)
CountryCode = NewType("CountryCode", str)
PostalCode = NewType("PostalCode", str)
CurrencyCode = NewType("CurrencyCode", str)
Representation = NewType("Representation", object)

MOST_SKU_CHARACTERS = 200
_OFFSET = len("+00:00")


def _text(value: Any, what: str, most: int) -> str:
    if not isinstance(value, str) or not value or len(value) > most or "\0" in value:
        raise ValueError(f"{what} is a text of 1 to {most} characters")
    return value


def _texts(what: str, most: int) -> Callable[[Any], str]:
    """Answer what reads texts of a scalar, which come in as they are."""

    def parse(value: Any) -> str:
        return _text(value, what, most)

    # What the engine asks in place of the function (gateway/engine/coercing.py).
    parse.__dict__["fits"] = re.compile(rf"[^\0]{{1,{most}}}").fullmatch
    return parse


def _parse_time(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("write a time such as 2026-11-23T12:00:00Z (RFC 3339)") from None
    if moment.tzinfo is None:
        raise ValueError("write a time with its zone, such as 2026-11-23T12:00:00Z")
    return moment.astimezone(UTC)


@native(datetime)
def show_time(moment: datetime) -> str:
    """Answer a time as RFC 3339 in UTC."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-_OFFSET] + "Z"


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
        serialize=str, parse_value=_texts("a SKU", MOST_SKU_CHARACTERS),
    ),
    PageCursor: strawberry.scalar(
        name="PageCursor", description="A place in a list, opaque.",
        serialize=str, parse_value=_texts("a cursor", 500),
    ),
    EventCursor: strawberry.scalar(
        name="EventCursor", description="A place in the event log, opaque.",
        serialize=str, parse_value=_texts("a cursor", 500),
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode", description="A country (ISO 3166-1 alpha-2).",
        serialize=str, parse_value=_texts("a country", 2),
    ),
    PostalCode: strawberry.scalar(
        name="PostalCode", description="A postal code as its country writes it.",
        serialize=str, parse_value=_texts("a postal code", 20),
    ),
    Representation: strawberry.scalar(
        name="_Any", description="A type's name and the key of one object of it.",
        serialize=lambda value: value, parse_value=lambda value: value,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode", description="A currency (ISO 4217), e.g. BRL.",
        serialize=str, parse_value=_texts("a currency", 3),
    ),
}  # fmt: skip
