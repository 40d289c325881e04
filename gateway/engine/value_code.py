"""Writes how values are completed: read, checked by their type, and put into the response.

Fields that are read in place are read there; for a field that is a step, the object stands in line
(`run.parents`, `run.outs`) with null until the step is carried out. What is not as expected raises.
"""

from collections.abc import Collection
from keyword import iskeyword
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.engine.access import Attribute
from gateway.engine.leaf_code import leaf_item, write_leaf
from gateway.engine.plain import Unusual
from gateway.engine.reading import copied, getter, listed
from gateway.engine.strawberry_fields import CAST
from gateway.engine.tree import Field, Selection
from gateway.engine.types_of_values import Complete, Types
from gateway.engine.writing import Writer

# Objects within objects that are written into one function.
MOST_NESTED = 6


class ValueCode:
    """Writes into the function at hand, which `begin` has begun.

    `keeps` are the steps of whose values JSON is kept. It pauses where more than `most` objects
    were made, but not within functions of an object's own.
    """

    def __init__(self, writer: Writer, types: Types, keeps: Collection[int], most: int) -> None:
        self.neighbours: list[str] = []
        self._writer = writer
        self._types = types
        self._keeps = keeps
        self._most = most
        self._queues: set[int] = set()
        self._pauses = False
        self._finders: list[tuple[dict[str, Complete], dict[str, str]]] = []
        writer.names.update(
            Unusual=Unusual,
            plain=types.plain,
            admit=types.plain.admit,
            getter=getter,
            cast=CAST,
            copied=copied,
            listed=listed,
        )

    def begin(self, *, pauses: bool) -> None:
        """Begin a function."""
        self._queues, self.neighbours, self._pauses = set(), [], pauses

    def connect(self, names: dict[str, Any]) -> None:
        """Give the finders of types the functions that they call."""
        for complete, functions in self._finders:
            complete.update({kind: names[name] for kind, name in functions.items()})

    def heads(self) -> list[str]:
        """Answer what the function has to begin with."""
        return [
            *(
                f"{name}_{number} = run.{name}s[{number}].append"
                for number in sorted(self._queues)
                for name in ("parent", "out")
            ),
            # Nothing is it: no value of a field.
            *(f"{last} = Unusual" for last in self.neighbours),
        ]

    def pause(self) -> None:
        """Write that an object was made: a pause where these are many."""
        writer = self._writer
        writer.line("made += 1")
        with writer.block(f"if made >= {self._most}:"):
            writer.line("yield made")
            writer.line("made = 0")

    def value(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str, depth: int
    ) -> None:
        """Write how a value of a type is completed."""
        inner: Any = get_nullable_type(kind)
        if is_leaf_type(inner):
            write_leaf(self._writer, self._types, kind, given, done)
            return
        writer = self._writer
        if is_non_null_type(kind):
            with writer.block(f"if {given} is None:"):
                writer.line("raise Unusual")
            self._present(inner, field, given, done, depth)
            return
        with writer.block(f"if {given} is None:"):
            writer.line(f"{done} = None")
        with writer.block("else:"):
            self._present(inner, field, given, done, depth)

    def without_pause(self, kind: GraphQLOutputType, field: Field, given: str, done: str) -> None:
        """Write how a value is completed without a pause."""
        pauses, self._pauses = self._pauses, False
        self.value(kind, field, given, done, 1)
        self._pauses = pauses

    def _present(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str, depth: int
    ) -> None:
        """Write how a value that is not null is completed."""
        if is_list_type(kind):
            self._list(kind.of_type, field, given, done, depth)
        elif is_abstract_type(kind):
            self._abstract(field, given, done)
        elif self._is_kept(kind, field):
            self._kept(field, given, done, depth)
        else:
            assert isinstance(kind, GraphQLObjectType)
            selection = field.below[kind.name]
            if depth < MOST_NESTED:
                self._object(selection, field, given, done, depth + 1)
            else:
                self._writer.line(f"{done} = {self._apart(selection, field)}({given}, run)")

    def _kept(self, field: Field, given: str, done: str, depth: int) -> None:
        """Write that an object's JSON is put in where it is kept, and else made and noted."""
        (selection,) = field.below.values()
        self._writer.line(f"{done} = known(id({given})) or find({given})")
        with self._writer.block(f"if {done} is None:"):
            self._object(selection, field, given, done, depth + 1)
            self._writer.line(f"keep({given}, {done})")

    def _is_kept(self, kind: Any, field: Field) -> bool:
        """Whether values of a type are the objects of a step of whose values JSON is kept."""
        is_step = field.step is not None and field.step.number in self._keeps
        return is_step and is_object_type(get_nullable_type(kind))

    def _list(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str, depth: int
    ) -> None:
        writer = self._writer
        with writer.block(f"if type({given}) is not list and type({given}) is not tuple:"):
            # What is fetched is nobody else's to walk through; an attribute may be read again.
            listed = "listed" if given == "value" and depth == 0 else "copied"
            writer.line(f"{given} = {listed}({given})")
            with writer.block(f"if type({given}) is not list:"):
                writer.line("raise Unusual")
        if is_leaf_type(get_nullable_type(kind)):
            item = writer.variable()
            written = leaf_item(writer, self._types, kind, item)
            writer.line(f"{done} = [{written} for {item} in {given}]")
            return
        items = writer.variable()
        if self._is_kept(kind, field):
            writer.line(f"{items} = [*map(known, map(id, {given}))]")
            with writer.block(f"if None in {items}:"):
                self._items(kind, field, given, items, depth)
        else:
            self._items(kind, field, given, items, depth)
        writer.line(f"{done} = {items}")

    def _items(
        self, kind: GraphQLOutputType, field: Field, given: str, items: str, depth: int
    ) -> None:
        """Write how the items of a list are completed one by one."""
        writer = self._writer
        item, add, made = writer.variable(), writer.variable(), writer.variable()
        writer.line(f"{items} = []")
        writer.line(f"{add} = {items}.append")
        with writer.block(f"for {item} in {given}:"):
            self.value(kind, field, item, made, depth + 1)
            writer.line(f"{add}({made})")
            if self._pauses:
                self.pause()

    def _abstract(self, field: Field, given: str, done: str) -> None:
        writer = self._writer
        complete: dict[str, Complete] = {}
        known: dict[type, Complete] = {}
        functions = {name: self._apart(each, field) for name, each in field.below.items()}
        self._finders.append((complete, functions))
        kind = get_named_type(field.kind)
        assert is_abstract_type(kind)
        find = writer.constant("find", self._types.finder(field, kind, complete, known))
        by_class = writer.constant("by_class", known)
        found = f"{by_class}.get(type({given}))"
        if self._types.is_strawberry:
            found = f"(getattr({given}, cast, None) is None and {found})"
        writer.line(f"{done} = ({found} or {find})({given}, run)")

    def _apart(self, selection: Selection, field: Field) -> str:
        """Write a function of an object's own; answer its name."""
        name = f"object_{selection.number}"
        outer, self._queues = self._queues, set()
        neighbours, self.neighbours = self.neighbours, []
        pauses, self._pauses = self._pauses, False
        with self._writer.function(f"def {name}(value, run):") as first:
            self._object(selection, field, "value", "done", 1)
            self._writer.line("return done")
            first += self.heads()
        self._queues, self._pauses, self.neighbours = outer, pauses, neighbours
        return name

    def _object(
        self, selection: Selection, field: Field, given: str, done: str, depth: int
    ) -> None:
        writer = self._writer
        self._check(selection, field, given)
        get = writer.variable()
        if any(_is_mapped(each) for each in selection.fields.values()):
            writer.line(f"{get} = {given}.get if type({given}) is dict else getter({given})")
        entries: list[str] = []
        steps: list[int] = []
        for key, each in selection.fields.items():
            if each is None:
                entries.append(f"{key!r}: {selection.kind.name!r}")
            elif each.step is not None:
                entries.append(f"{key!r}: None")
                steps.append(each.step.number)
            else:
                entries.append(f"{key!r}: {self._read(each, given, get, depth)}")
        self._queues.update(steps)
        for number in steps:
            writer.line(f"parent_{number}({given})")
        writer.line(f"{done} = {{{', '.join(entries)}}}")
        for number in steps:
            writer.line(f"out_{number}({done})")

    def _check(self, selection: Selection, field: Field, given: str) -> None:
        writer, types = self._writer, self._types
        if selection.kind.is_type_of is None:
            with writer.block(f"if type({given}) not in plain:"):
                writer.line(f"admit({given})")
            return
        known: set[type] = set()
        check = writer.constant("check", types.checker(field, selection, known))
        known_name = writer.constant("known", known)
        cast = f" or getattr({given}, cast, None) is not None" if types.is_strawberry else ""
        with writer.block(f"if type({given}) not in {known_name}{cast}:"):
            writer.line(f"{check}({given}, run)")

    def _read(self, field: Field, given: str, get: str, depth: int) -> str:
        """Write how a field is read and completed; answer where its value is."""
        access = field.access
        assert isinstance(access, Attribute)
        done = self._writer.variable()
        if access.is_mapped:
            read = f"{get}({access.name!r})"
        elif access.name.isascii() and access.name.isidentifier() and not iskeyword(access.name):
            read = f"{given}.{access.name}"
        else:
            read = f"getattr({given}, {access.name!r})"
        self._writer.line(f"{done} = {read}")
        if depth > 1 and _is_simple_object(field):
            return self._neighbour(field, done, depth)
        self.value(field.kind, field, done, done, depth)
        return done

    def _neighbour(self, field: Field, given: str, depth: int) -> str:
        """Write how an object within others is completed: once for neighbours that have the same.

        Answer where it is.
        """
        writer = self._writer
        last, done = writer.variable(), writer.variable()
        self.neighbours.append(last)
        with writer.block(f"if {given} is not {last}:"):
            self.value(field.kind, field, given, done, depth)
            writer.line(f"{last} = {given}")
        return done


def _is_simple_object(field: Field) -> bool:
    """Whether an object is read in place, with nothing below it that is fetched."""
    return is_object_type(get_nullable_type(field.kind)) and not field.has_steps_below


def _is_mapped(field: Field | None) -> bool:
    return (
        field is not None
        and field.step is None
        and isinstance(field.access, Attribute)
        and field.access.is_mapped
    )
