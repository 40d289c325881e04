"""Objects with an id of their own, and pages of lists."""

from collections.abc import Sequence

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

    @classmethod
    def of(cls, cursors: Sequence[str], *, has_next: bool, has_previous: bool) -> "PageInfo":
        """Answer where a page with entries at these places begins and ends."""
        return cls(
            has_next_page=has_next,
            has_previous_page=has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
