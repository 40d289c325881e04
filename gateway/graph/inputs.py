"""What callers write to say which orders they want."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from gateway.graph.enums import OrderStatus
from gateway.graph.refusals import bad_request
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.orders.read import OrderWish

MOST_PER_PAGE = 100
USUAL_PER_PAGE = 20


@strawberry.input(description="An order's id in its channel.")
class ChannelRefInput:
    channel: str = strawberry.field(description="The channel's code.")
    ref: str = strawberry.field(description="The channel's id of the order, byte for byte.")


@strawberry.input(one_of=True, description="Which order: exactly one of these.")
class OrderByInput:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Our id of it."
    )
    channel_ref: ChannelRefInput | None = strawberry.field(
        default=strawberry.UNSET, description="The channel's id of it."
    )
    number: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The number that the customer was given; an error when two orders have it.",
    )


@strawberry.input(description="Which orders; what is left out does not matter.")
class OrderFilter:
    status: list[OrderStatus] | None = strawberry.field(default=None, description="Any of these.")
    channel: list[str] | None = strawberry.field(
        default=None, description="Of any of these channels, by code."
    )
    number: str | None = strawberry.field(default=None, description="With this number.")
    customer: strawberry.ID | None = strawberry.field(
        default=None, description="Of this customer, whichever of its records bought."
    )
    placed_since: datetime | None = strawberry.field(
        default=None, description="Placed at this time or later."
    )
    placed_before: datetime | None = strawberry.field(
        default=None, description="Placed before this time."
    )

    def wish(self) -> OrderWish:
        """Answer what is asked for; raises a BAD_REQUEST error."""
        return OrderWish(
            statuses=tuple(each.value for each in self.status or ()),
            channels=tuple(storable(each) for each in self.channel or ()),
            number=None if self.number is None else storable(self.number),
            customer_id=None if self.customer is None else _customer(self.customer),
            placed_since=self.placed_since,
            placed_before=self.placed_before,
        )


def _customer(text: str) -> UUID:
    try:
        return GlobalId.parse(text).uuid("Customer")
    except InvalidGlobalId as error:
        raise bad_request(f"filter.customer: {error}") from error


@strawberry.enum(description="In which order orders are listed.")
class OrderSort(Enum):
    PLACED_AT_DESC = strawberry.enum_value("PLACED_AT_DESC", description="The newest first.")
    PLACED_AT_ASC = strawberry.enum_value("PLACED_AT_ASC", description="The oldest first.")


def page_size(first: int | None, last: int | None = None) -> int:
    """Answer how many entries a page has; raises a BAD_REQUEST error."""
    if first is not None and last is not None:
        raise bad_request("ask for first or for last, not for both")
    wanted = first if first is not None else last
    if wanted is None:
        return USUAL_PER_PAGE
    if not 1 <= wanted <= MOST_PER_PAGE:
        raise bad_request(f"a page has 1 to {MOST_PER_PAGE} entries; {wanted} were asked for")
    return wanted


def storable(text: str) -> str:
    """Answer a text that may be looked for; raises a BAD_REQUEST error."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("a text has characters that are no characters") from None
    if "\0" in text:
        raise bad_request("a text has a NUL character")
    return text
