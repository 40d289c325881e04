"""One operation carried out for several root values at once, such as events of a subscription.

Each has a response of its own; what is fetched for them is fetched in common, level by level, as
though all of them stood in one response.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from gateway.engine.plain import Unusual
from gateway.engine.plan import Plan, Variant
from gateway.engine.run import Run
from gateway.engine.variables import Values


class Several(Run):
    """The state of several requests that differ in their root values alone."""

    def __init__(
        self,
        plan: Plan,
        variant: Variant,
        given: Mapping[str, Any] | None,
        coerced: Values,
        context: Any,
        root_values: Sequence[Any],
    ) -> None:
        super().__init__(plan, variant, given, coerced, context, root_values[0])
        self._root_values = root_values
        self._whose: list[int] = []
        for each in root_values[1:]:
            data, parents, outs = variant.code.start(each)
            self.wholes.append(data)
            for lines, more in ((self.parents, parents), (self.outs, outs)):
                for line, others in zip(lines, more, strict=True):
                    line += others

    def root_value_for(self, info: Any) -> Any:
        """Answer the root value of the response that a resolver's parent is in; None if of none."""
        if info.index is not None:
            return self._root_values[info.index]
        if info.out is None:
            raise Unusual
        place = self.places(info.field.step).get(id(info.out))
        return None if place is None else self._root_values[int(place.root().key)]

    def record(self, error: GraphQLError, position: tuple[str | int, ...], index: int) -> bool:
        """Keep an error, and in which response it is."""
        is_kept = super().record(error, position, index)
        if is_kept:
            self._whose.append(index)
        return is_kept

    def errors_of(self, index: int) -> list[GraphQLError]:
        """Answer the errors of one response."""
        return [
            error for error, whose in zip(self.errors, self._whose, strict=True) if whose == index
        ]
