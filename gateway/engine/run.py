"""One request: what stands in line, the response so far, and its errors."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeAlias

from graphql import GraphQLError, GraphQLSchema, located_error
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from gateway.engine.encoding import PIECE_BYTES
from gateway.engine.info import shared_info
from gateway.engine.keeping import Find, nothing
from gateway.engine.keeping import Place as KeptAt
from gateway.engine.known import Known
from gateway.engine.meeting import Meeting
from gateway.engine.pacing import Pace
from gateway.engine.places import Place, find_places
from gateway.engine.plan import Plan, Variant
from gateway.engine.together import together
from gateway.engine.tree import Field, Step
from gateway.engine.types_of_values import Types
from gateway.engine.variables import Values

Note: TypeAlias = Callable[[Any, dict[str, Any]], None]


class Run:
    """The state of one request; `parents` and `outs` of a step belong together by index.

    What most requests never need is made when it is first asked for.
    """

    careful = 0
    awaited = 0
    is_large = False
    is_disturbed = False
    meeting: Meeting | None = None
    # Of steps that were looked up for columns, by their numbers.
    known: Mapping[int, Known] = {}

    def __init__(
        self,
        plan: Plan,
        variant: Variant,
        given: Mapping[str, Any] | None,
        coerced: Values,
        context: Any,
        root_value: Any,
    ) -> None:
        self.plan = plan
        self.variant = variant
        self.given = given
        self.coerced = coerced
        self.context = context
        self.root_value = root_value
        self.errors: list[GraphQLError] = []
        self.tracked: list[Any] = []
        data, self.parents, self.outs = variant.code.start(root_value)
        self.wholes: list[Any] = [data]
        self.made: list[tuple[KeptAt, Any, dict[str, Any]]] = []

    @cached_property
    def variables(self) -> VariableValues:
        """The variables' values as graphql-core has them."""
        return self.plan.variables.told(self.given, self.coerced)

    @cached_property
    def _infos(self) -> dict[Field, Any]:
        return {}

    @cached_property
    def _places(self) -> dict[Step, dict[int, Place]]:
        return {}

    @cached_property
    def _nulled(self) -> set[tuple[str | int, ...]]:
        return set()

    @property
    def types(self) -> Types:
        """What is known of the schema's types."""
        return self.plan.setting.types

    @property
    def schema(self) -> GraphQLSchema:
        """The schema that is executed."""
        return self.plan.setting.types.schema

    @property
    def is_strawberry(self) -> bool:
        """Whether the schema is Strawberry's."""
        return self.plan.setting.types.is_strawberry

    @property
    def pace(self) -> Pace:
        """How much is made at once."""
        return self.plan.setting.pace

    @property
    def hide_suggestions(self) -> bool:
        """Whether errors name nothing that the caller did not."""
        return self.plan.setting.hide_suggestions

    @property
    def helpers(self) -> GraphQLResolveInfoHelpers:
        """What resolvers may wait for several things with."""
        return GraphQLResolveInfoHelpers(gather=together, track=self.track)

    @property
    def data(self) -> dict[str, Any] | None:
        """The response's data."""
        data: dict[str, Any] | None = self.wholes[0]
        return data

    def keeping(self, number: int) -> tuple[Find, Find, Note]:
        """Answer what finds the JSON of a step's values, and what notes those that are made.

        First what knows it by a value's identity, at once; then what finds it otherwise.
        """
        keep = self.variant.keeps[number]
        key = keep.key(self.context)
        if key is None:
            return nothing, nothing, nothing
        place = keep, key
        known, find = self.plan.setting.keepsakes.finders(place)
        return known, find, partial(self._note, place)

    def _note(self, place: KeptAt, value: Any, shown: dict[str, Any]) -> None:
        self.made.append((place, value, shown))

    def keep(self) -> None:
        """Keep what was made of values that last, if all of the response is as expected."""
        if self.careful or self.errors:
            return
        for place, value, shown in self.made:
            self.plan.setting.keepsakes.keep(place, value, shown)

    async def keep_in_slices(self) -> None:
        """Keep the same of a large response, letting others have their turn."""
        written, made, self.made = 0, self.made, []
        if self.careful or self.errors:
            return
        for place, value, shown in made:
            written += self.plan.setting.keepsakes.keep(place, value, shown)
            if written >= PIECE_BYTES:
                written = 0
                await self.pace.pass_on()

    def end(self) -> None:
        """Let go what leads back to here: nothing then has to wait for a collection."""
        self.__dict__.pop("_infos", None)

    def root_value_for(self, info: Any) -> Any:
        """Answer what a resolver is told of as the root value."""
        return self.root_value

    def info_of(self, field: Field) -> Any:
        """Answer what resolvers of a field are told, whatever the parent."""
        found = self._infos.get(field)
        if found is None:
            found = self._infos[field] = shared_info(self, field)
        return found

    def path_of(self, field: Field, out: Any) -> Path:
        """Answer the path of a step's field of one object in the response."""
        step = field.step
        assert step is not None
        places = self._places.get(step)
        if places is None:
            places = self._places[step] = self.places(step)
        place = places.get(id(out))
        outer = None if place is None or place.within is None else place.path()
        return Path(outer, field.key, field.parent.name)

    def places(self, step: Step) -> dict[int, Place]:
        """Answer where the parents of a step stand now; those that were nulled are missing."""
        kind = self.variant.tree.root.kind
        roots = [Place(None, self.wholes, index, kind) for index in range(len(self.wholes))]
        return find_places(roots, step.route)

    def fail(self, place: Place, field: Field, error: Exception) -> None:
        """Put null where a field failed, or above it where it cannot be null."""
        located = located_error(error, field.nodes, place.keys())
        landing = place.nearest_nullable()
        if self.record(located, landing.keys(), int(place.root().key)):
            landing.holder[landing.key] = None
            self.is_disturbed = True

    def record(self, error: GraphQLError, position: tuple[str | int, ...], index: int) -> bool:
        """Keep an error that made a position null; not one beneath what is null already.

        `index` is the number of the response that it is in.
        """
        at = (index, *position)
        if any(at[:length] in self._nulled for length in range(1, len(at) + 1)):
            return False
        self._nulled.add(at)
        self.errors.append(error)
        return True

    def still_standing(self, step: Step) -> bool:
        """Whether a step has parents; those that are not in the response are dropped first."""
        number = step.number
        if self.is_disturbed and self.parents[number]:
            places = self.places(step)
            kept = [
                (parent, out)
                for parent, out in zip(self.parents[number], self.outs[number], strict=True)
                if id(out) in places
            ]
            self.parents[number] = [parent for parent, _ in kept]
            self.outs[number] = [out for _, out in kept]
        return bool(self.parents[number])

    def track(self, values: Sequence[Any]) -> None:
        """Keep what a resolver left to be waited for until the request ends."""
        self.tracked += [each for each in values if is_awaitable(each)]
