"""Writes how the JSON of a list is made of its columns, in one text and without an object of any.

Only where each entry of an object is read in place, or fetched by what is in a column (`Batch.by`):
everything else is made of the objects, as of any list. So is a list that brings something unusual.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLInt,
    GraphQLLeafType,
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
from gateway.engine.columns import Columns
from gateway.engine.known import Texts
from gateway.engine.leaves import Leaf
from gateway.engine.natives import encode
from gateway.engine.tree import Field, Selection, Step
from gateway.engine.types_of_values import Types
from gateway.engine.writing import Writer

if TYPE_CHECKING:
    from gateway.engine.run import Run

# Writes how a value of a type is completed: its field, and the variables that have and take it.
Complete: TypeAlias = Callable[[GraphQLOutputType, Field, str, str], None]


def text_of(done: Any) -> str:
    """Answer the JSON of what was completed."""
    return encode(done).decode()


def texts_of(
    run: "Run", number: int, find: "Callable[[Mapping[Any, Any], Run], Texts]"
) -> Texts | None:
    """Answer the JSON of a step's values by what decides them; None if one cannot be shown."""
    known = run.known.get(number)
    if known is None:
        return None
    try:
        return known.told(lambda values: find(values, run))
    except Exception:  # noqa: BLE001
        return None


NAMES: dict[str, Any] = {
    "Columns": Columns,
    "Fragment": orjson.Fragment,
    "text_of": text_of,
    "texts_of": texts_of,
    "TRUE": "true",
    "FALSE": "false",
}


def told_by_columns(step: Step, keeps: Collection[int]) -> Selection | None:
    """Answer what is selected of a step's objects, if that can be told by columns."""
    kind = get_nullable_type(step.field.kind)
    if not step.field.access.in_columns or not is_list_type(kind):
        return None
    item = get_nullable_type(kind.of_type)
    if not is_object_type(item) or item.is_type_of is not None:
        return None
    selection = step.field.below[item.name]
    fields = [each for each in selection.fields.values() if each is not None]
    is_told = all(_is_read(each) or _is_keyed(each, keeps) for each in fields)
    return selection if fields and is_told else None


def _is_read(field: Field) -> bool:
    return field.step is None and isinstance(field.access, Attribute) and not field.has_steps_below


def _is_keyed(field: Field, keeps: Collection[int]) -> bool:
    if field.step is None or field.step.number in keeps or not isinstance(field.access, Batch):
        return False
    is_abstract = is_abstract_type(get_named_type(field.kind))
    return field.access.by is not None and not is_abstract and not field.has_steps_below


class ColumnsCode:
    """Writes into a step's function; `neighbours` are variables that begin as no value at all."""

    def __init__(
        self, writer: Writer, types: Types, neighbours: list[str], complete: Complete, most: int
    ) -> None:
        self._writer = writer
        self._types = types
        self._neighbours = neighbours
        self._complete = complete
        self._most = most

    def find(self, field: Field, step: Step) -> str:
        """Write what answers the JSON of a fetched field by what decides it; answer a call of it.

        The call's outcome is `texts_N`.
        """
        writer, number = self._writer, step.number
        with writer.function(f"def json_{number}(known, run):"):
            writer.line("told = {}")
            with writer.block("for key, found in known.items():"):
                self._complete(field.kind, field, "found", "done")
                writer.line("told[key] = text_of(done)")
            writer.line("return told")
        return f"texts_{number} = texts_of(run, {number}, json_{number})"

    def rows(self, selection: Selection, given: str, done: str) -> None:
        """Write how the JSON of a list is made; it pauses where there are many objects."""
        writer = self._writer
        fields = [each for each in selection.fields.values() if each is not None]
        read = {id(each): writer.variable() for each in fields}
        columns = [writer.variable() for _ in fields]
        start, stop, made, add = (writer.variable() for _ in range(4))
        with writer.block(f"if {given}.table is not table:"):
            writer.line(f"table = {given}.table")
            for column, each in zip(columns, fields, strict=True):
                writer.line(f"{column} = table.column({_column_of(each)!r})")
        writer.line(f"{made} = []")
        writer.line(f"{add} = {made}.append")
        with writer.block(f"for {start} in range({given}.start, {given}.stop, {self._most}):"):
            writer.line(f"{stop} = min({start} + {self._most}, {given}.stop)")
            parts = ", ".join(f"{each}[{start}:{stop}]" for each in columns)
            with writer.block(f"for {', '.join(read.values())}, in zip({parts}, strict=True):"):
                writer.line(f"{add}(f'{{{{{self._object(selection, read)}}}}}')")
            writer.line(f"made += {stop} - {start}")
            with writer.block(f"if made >= {self._most}:"):
                writer.line("yield made")
                writer.line("made = 0")
        writer.line(f"{done} = Fragment(f'[{{\",\".join({made})}}]')")

    def _object(self, selection: Selection, read: Mapping[int, str]) -> str:
        """Write what has to be done for an object; answer the text that is put together of it."""
        entries = []
        for key, field in selection.fields.items():
            if field is None:
                text = f'"{selection.kind.name}"'
            elif field.step is not None:
                text = f"{{texts_{field.step.number}[{read[id(field)]}]}}"
            else:
                text = f"{{{self._value(field, read[id(field)])}}}"
            entries.append(f'"{key}":{text}')
        return ",".join(entries)

    def _value(self, field: Field, given: str) -> str:
        """Write how a value becomes JSON; answer the expression that has it."""
        kind = get_nullable_type(field.kind)
        if is_leaf_type(kind):
            return self._leaf(kind, given, is_nullable=not is_non_null_type(field.kind))
        writer, done = self._writer, self._writer.variable()
        if isinstance(kind, GraphQLObjectType):
            last, text = writer.variable(), writer.variable()
            self._neighbours.append(last)
            with writer.block(f"if {given} is not {last}:"):
                self._complete(field.kind, field, given, done)
                writer.line(f"{text} = text_of({done})")
                writer.line(f"{last} = {given}")
            return text
        self._complete(field.kind, field, given, done)
        return f"text_of({done})"

    def _leaf(self, kind: GraphQLLeafType, given: str, *, is_nullable: bool) -> str:
        leaf = self._types.leaf(kind)
        tell = self._writer.constant("tell", _teller(leaf, is_nullable=is_nullable))
        if kind is GraphQLInt and leaf.test is not None:
            return f"{given} if {leaf.test.format(given)} else {tell}({given})"
        if kind is GraphQLBoolean:
            return f"TRUE if {given} is True else FALSE if {given} is False else {tell}({given})"
        return f"{tell}({given})"


def _column_of(field: Field) -> str:
    access = field.access
    if isinstance(access, Batch):
        assert access.by is not None
        return access.by
    assert isinstance(access, Attribute)
    return access.name


def _teller(leaf: Leaf, *, is_nullable: bool) -> Callable[[Any], str]:
    """Answer what answers the JSON of a scalar or enum; it raises as what writes it does."""

    def tell(value: Any) -> str:
        return "null" if value is None and is_nullable else text_of(leaf.write(value))

    return tell
