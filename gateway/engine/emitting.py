"""Writes the code of a tree: per step, a function that puts its values into the response.

`fill_N(values, outs, run, failed)` completes a value per parent and puts it into the parent's
object in the response. Fields that are read in place are read there; for a field that is a step,
the object stands in line (`run.parents`, `run.outs`) with null until the step is carried out. What
is not as expected raises, and is added to `failed`: the careful way takes it from there. It is a
generator that pauses, and says how many objects it made, whenever these are many.

`start(root_value)` answers what stands before any of them: the response with nothing in it, and the
lines of each step, of which those at the root have one parent.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any, TypeAlias

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

from gateway.engine.access import Attribute, Batch
from gateway.engine.columns_code import NAMES as IN_COLUMNS
from gateway.engine.columns_code import ColumnsCode, told_by_columns
from gateway.engine.leaf_code import leaf_item, write_leaf
from gateway.engine.natives import NAMES
from gateway.engine.plain import Unusual
from gateway.engine.reading import copied, getter, listed
from gateway.engine.strawberry_fields import CAST
from gateway.engine.tree import Field, Selection, Step, Tree
from gateway.engine.types_of_values import Complete, Types
from gateway.engine.writing import Writer

# Parents, or their objects in the response, by the step that they stand in line for.
Lines: TypeAlias = list[list[Any]]
# Objects within objects that are written into one function.
MOST_NESTED = 6


@dataclass(frozen=True, slots=True)
class Code:
    """The functions, those of steps by their numbers, and their text.

    `keyed` are the steps whose values are looked up for columns before these are filled.
    """

    source: str
    start: "Callable[[Any], tuple[dict[str, Any], Lines, Lines]]"
    fills: "dict[int, Any]"
    keyed: frozenset[int]


def emit(tree: Tree, types: Types, title: str, keeps: Collection[int], most_at_once: int) -> Code:
    """Answer the code of a tree; `keeps` are the steps of whose values JSON is kept."""
    emitter = _Emitter(types, keeps, most_at_once)
    emitter.start(tree)
    for step in tree.steps:
        emitter.step(step)
    source = emitter.writer.source
    names = emitter.writer.names
    exec(compile(source, f"<engine {title}>", "exec"), names)
    emitter.connect(names)
    fills = {step.number: names[f"fill_{step.number}"] for step in tree.steps}
    return Code(source, names["start"], fills, frozenset(emitter.keyed))


class _Emitter:
    def __init__(self, types: Types, keeps: Collection[int], most_at_once: int) -> None:
        self.writer = Writer()
        self.keyed: set[int] = set()
        self._keeps = keeps
        self._most = most_at_once
        self.writer.names.update(
            Unusual=Unusual,
            plain=types.plain,
            admit=types.plain.admit,
            getter=getter,
            cast=CAST,
            copied=copied,
            listed=listed,
            **IN_COLUMNS,
            **NAMES,
        )
        self._types = types
        self._queues: set[int] = set()
        self._neighbours: list[str] = []
        self._pauses = False
        self._finders: list[tuple[dict[str, Complete], dict[str, str]]] = []

    def connect(self, names: dict[str, Any]) -> None:
        """Give the finders of types the functions that they call."""
        for complete, functions in self._finders:
            complete.update({kind: names[name] for kind, name in functions.items()})

    def start(self, tree: Tree) -> None:
        """Write the function that answers what a run begins with."""
        name, roots = tree.root.kind.name, {each.number for each in tree.roots}
        blank = {key: name if each is None else None for key, each in tree.root.fields.items()}
        with self.writer.function("def start(root):"):
            self.writer.line(f"data = {blank!r}")
            lines = [
                ", ".join(f"[{given if each.number in roots else ''}]" for each in tree.steps)
                for given in ("root", "data")
            ]
            self.writer.line(f"return data, [{lines[0]}], [{lines[1]}]")

    def step(self, step: Step) -> None:
        """Write the function that puts a step's values into the response."""
        writer = self.writer
        outer, self._queues, self._neighbours = self._queues, set(), []
        self._pauses = True
        with writer.function(f"def fill_{step.number}(values, outs, run, failed):") as first:
            writer.line("made = 0")
            with writer.block("for value, out in zip(values, outs):"):
                with writer.block("try:"):
                    self._told(step, first)
                    writer.line(f"out[{step.field.key!r}] = done")
                with writer.block("except Exception:"):
                    writer.line("failed.append((value, out))")
                self._pause()
            first += self._heads()
            if _is_shared(step.field):
                first.append("shared = {}")
            if step.number in self._keeps:
                first.append(f"known, find, keep = run.keeping({step.number})")
        self._queues, self._pauses = outer, False

    def _told(self, step: Step, first: list[str]) -> None:
        """Write how a step's value is completed: by its columns, if it has them and they do."""
        selection = told_by_columns(step, self._keeps)
        if selection is None:
            self._shared(step.field)
            return
        code = ColumnsCode(
            self.writer, self._types, self._neighbours, self._completed_apart, self._most
        )
        tests = ["isinstance(value, Columns)"]
        for field in selection.fields.values():
            if field is not None and field.step is not None:
                self.keyed.add(field.step.number)
                first.append(code.find(field, field.step))
                tests.append(f"texts_{field.step.number} is not None")
        first.append("table = None")
        with self.writer.block(f"if {' and '.join(tests)}:"):
            code.rows(selection, "value", "done")
        with self.writer.block("else:"):
            self._shared(step.field)

    def _completed_apart(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str
    ) -> None:
        """Write how a value is completed without a pause."""
        pauses, self._pauses = self._pauses, False
        self._value(kind, field, given, done, 1)
        self._pauses = pauses

    def _pause(self) -> None:
        """Write that an object was made: a pause where these are many."""
        writer = self.writer
        writer.line("made += 1")
        with writer.block(f"if made >= {self._most}:"):
            writer.line("yield made")
            writer.line("made = 0")

    def _shared(self, field: Field) -> None:
        """Write how a step's value is completed: once, if one call gives it to several parents."""
        writer = self.writer
        if not _is_shared(field):
            self._value(field.kind, field, "value", "done", 0)
            return
        writer.line("done = shared.get(id(value))")
        with writer.block("if done is None:"):
            self._value(field.kind, field, "value", "done", 0)
            writer.line("shared[id(value)] = done")

    def _heads(self) -> list[str]:
        return [
            *(
                f"{name}_{number} = run.{name}s[{number}].append"
                for number in sorted(self._queues)
                for name in ("parent", "out")
            ),
            # Nothing is it: no value of a field.
            *(f"{last} = Unusual" for last in self._neighbours),
        ]

    def _value(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str, depth: int
    ) -> None:
        """Write how a value of a type is completed."""
        inner: Any = get_nullable_type(kind)
        if is_leaf_type(inner):
            write_leaf(self.writer, self._types, kind, given, done)
            return
        writer = self.writer
        if is_non_null_type(kind):
            with writer.block(f"if {given} is None:"):
                writer.line("raise Unusual")
            self._present(inner, field, given, done, depth)
            return
        with writer.block(f"if {given} is None:"):
            writer.line(f"{done} = None")
        with writer.block("else:"):
            self._present(inner, field, given, done, depth)

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
                self.writer.line(f"{done} = {self._apart(selection, field)}({given}, run)")

    def _kept(self, field: Field, given: str, done: str, depth: int) -> None:
        """Write that an object's JSON is put in where it is kept, and else made and noted."""
        (selection,) = field.below.values()
        self.writer.line(f"{done} = known(id({given})) or find({given})")
        with self.writer.block(f"if {done} is None:"):
            self._object(selection, field, given, done, depth + 1)
            self.writer.line(f"keep({given}, {done})")

    def _is_kept(self, kind: Any, field: Field) -> bool:
        """Whether values of a type are the objects of a step of whose values JSON is kept."""
        is_step = field.step is not None and field.step.number in self._keeps
        return is_step and is_object_type(get_nullable_type(kind))

    def _list(
        self, kind: GraphQLOutputType, field: Field, given: str, done: str, depth: int
    ) -> None:
        writer = self.writer
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
        writer = self.writer
        item, add, made = writer.variable(), writer.variable(), writer.variable()
        writer.line(f"{items} = []")
        writer.line(f"{add} = {items}.append")
        with writer.block(f"for {item} in {given}:"):
            self._value(kind, field, item, made, depth + 1)
            writer.line(f"{add}({made})")
            if self._pauses:
                self._pause()

    def _abstract(self, field: Field, given: str, done: str) -> None:
        writer = self.writer
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
        neighbours, self._neighbours = self._neighbours, []
        pauses, self._pauses = self._pauses, False
        with self.writer.function(f"def {name}(value, run):") as first:
            self._object(selection, field, "value", "done", 1)
            self.writer.line("return done")
            first += self._heads()
        self._queues, self._pauses, self._neighbours = outer, pauses, neighbours
        return name

    def _object(
        self, selection: Selection, field: Field, given: str, done: str, depth: int
    ) -> None:
        writer = self.writer
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
        writer, types = self.writer, self._types
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
        done = self.writer.variable()
        if access.is_mapped:
            read = f"{get}({access.name!r})"
        elif access.name.isascii() and access.name.isidentifier() and not iskeyword(access.name):
            read = f"{given}.{access.name}"
        else:
            read = f"getattr({given}, {access.name!r})"
        self.writer.line(f"{done} = {read}")
        if depth > 1 and _is_simple_object(field):
            return self._neighbour(field, done, depth)
        self._value(field.kind, field, done, done, depth)
        return done

    def _neighbour(self, field: Field, given: str, depth: int) -> str:
        """Write how an object within others is completed: once for neighbours that have the same.

        Answer where it is.
        """
        writer = self.writer
        last, done = writer.variable(), writer.variable()
        self._neighbours.append(last)
        with writer.block(f"if {given} is not {last}:"):
            self._value(field.kind, field, given, done, depth)
            writer.line(f"{last} = {given}")
        return done


def _is_shared(field: Field) -> bool:
    """Whether one call may give an object to several parents, and nothing is fetched below it."""
    return (
        isinstance(field.access, Batch)
        and is_object_type(get_nullable_type(field.kind))
        and not field.has_steps_below
    )


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
