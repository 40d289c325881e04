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
from typing import Any, TypeAlias

from graphql import get_nullable_type, is_object_type

from gateway.engine.access import Batch
from gateway.engine.columns_code import NAMES as IN_COLUMNS
from gateway.engine.columns_code import ColumnsCode, told_by_columns
from gateway.engine.natives import NAMES
from gateway.engine.tree import Field, Step, Tree
from gateway.engine.types_of_values import Types
from gateway.engine.value_code import ValueCode
from gateway.engine.writing import Writer

# Parents, or their objects in the response, by the step that they stand in line for.
Lines: TypeAlias = list[list[Any]]


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
    emitter.values.connect(names)
    fills = {step.number: names[f"fill_{step.number}"] for step in tree.steps}
    return Code(source, names["start"], fills, frozenset(emitter.keyed))


class _Emitter:
    def __init__(self, types: Types, keeps: Collection[int], most_at_once: int) -> None:
        self.writer = Writer()
        self.writer.names.update(**IN_COLUMNS, **NAMES)
        self.values = ValueCode(self.writer, types, keeps, most_at_once)
        self.keyed: set[int] = set()
        self._types = types
        self._keeps = keeps
        self._most = most_at_once

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
        self.values.begin(pauses=True)
        with writer.function(f"def fill_{step.number}(values, outs, run, failed):") as first:
            writer.line("made = 0")
            with writer.block("for value, out in zip(values, outs):"):
                with writer.block("try:"):
                    self._told(step, first)
                    writer.line(f"out[{step.field.key!r}] = done")
                with writer.block("except Exception:"):
                    writer.line("failed.append((value, out))")
                self.values.pause()
            first += self.values.heads()
            if _is_shared(step.field):
                first.append("shared = {}")
            if step.number in self._keeps:
                first.append(f"known, find, keep = run.keeping({step.number})")

    def _told(self, step: Step, first: list[str]) -> None:
        """Write how a step's value is completed: by its columns, if it has them and they do."""
        selection = told_by_columns(step, self._keeps)
        if selection is None:
            self._shared(step.field)
            return
        values = self.values
        code = ColumnsCode(
            self.writer, self._types, values.neighbours, values.without_pause, self._most
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

    def _shared(self, field: Field) -> None:
        """Write how a step's value is completed: once, if one call gives it to several parents."""
        writer = self.writer
        if not _is_shared(field):
            self.values.value(field.kind, field, "value", "done", 0)
            return
        writer.line("done = shared.get(id(value))")
        with writer.block("if done is None:"):
            self.values.value(field.kind, field, "value", "done", 0)
            writer.line("shared[id(value)] = done")


def _is_shared(field: Field) -> bool:
    """Whether one call may give an object to several parents, and nothing is fetched below it."""
    return (
        isinstance(field.access, Batch)
        and is_object_type(get_nullable_type(field.kind))
        and not field.has_steps_below
    )
