"""Objects with an id of their own."""

import strawberry


@strawberry.interface(description="An object with an id of its own, to be read again by `node`.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; unique in the whole schema.")


@strawberry.type(description="Where a page of a list begins and ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before it.")
    start_cursor: str | None = strawberry.field(description="The place of the first entry.")
    end_cursor: str | None = strawberry.field(description="The place of the last entry.")
