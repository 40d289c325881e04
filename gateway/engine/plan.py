"""What was made of an operation: per outcome of its conditions, a tree and its code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.engine.access import Access, Batch, Each, Guard, Reader, is_itself
from gateway.engine.arguments import arguments_reader
from gateway.engine.documents import Operation, conditions_of
from gateway.engine.emitting import Code, emit
from gateway.engine.keeping import Keep, Keepsakes, is_read_in_place, keep_of
from gateway.engine.known import KeptTexts
from gateway.engine.pacing import Pace
from gateway.engine.room import Room
from gateway.engine.tree import Grower, Step, TooLarge, Tree
from gateway.engine.types_of_values import Types
from gateway.engine.variables import Variables

MOST_VARIANTS = 32
# Too much by our own limit, or by Python's on nested calls and nested code.
_TOO_LARGE = (TooLarge, RecursionError, SyntaxError)
# Of an operation without conditions, as most callers are answered: by what guards let pass.
USUAL = (True,)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs of one operation have in common."""

    types: Types
    operation: Operation
    pace: Pace
    keepsakes: Keepsakes
    texts: KeptTexts
    room: Room
    hide_suggestions: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A step as it is carried out: what reads its arguments, and what its values go through.

    `keyed` are those of its children that are looked up before it is filled, for columns.
    """

    number: int
    step: Step
    access: Access
    arguments: Any
    fill: Any
    children: "tuple[Stage, ...]"
    keyed: "tuple[Stage, ...]" = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """An operation with its conditions decided: a tree, its code, and its stages.

    `guards` have to let the caller pass before it may be used. `is_serial` says that its root
    fields are carried out one after another.
    """

    tree: Tree
    code: Code
    roots: tuple[Stage, ...]
    is_serial: bool
    keeps: Mapping[int, Keep]
    guards: tuple[Guard, ...]


class Plan:
    """An operation made ready; its variants are compiled when they are first asked for."""

    def __init__(self, setting: Setting, reader: Reader | None) -> None:
        operation, schema = setting.operation, setting.types.schema
        self.setting = setting
        self.conditions = conditions_of(operation)
        self.variables = Variables(schema, operation, hide=setting.hide_suggestions)
        self._reader = reader
        self._variants: dict[tuple[bool, ...], Variant] = {}
        self._too_large: set[tuple[bool, ...]] = set()

    @property
    def source(self) -> str:
        """The code of the variants compiled so far, for people."""
        return "\n".join(
            f"# {self._title(key)}\n{variant.code.source}"
            for key, variant in self._variants.items()
        )

    @cached_property
    def tells_root_alone(self) -> bool:
        """Whether a response tells nothing but what the root value holds, whoever asks.

        raises: TooLarge.
        """
        if self.conditions:
            return False
        tree = (self._variants.get(USUAL) or self._made(USUAL)).tree
        return not tree.guards and all(map(_is_told_by_itself, tree.steps))

    def prepare(self) -> None:
        """Compile what most callers ask for, if no variable decides it; raises TooLarge."""
        if not self.conditions:
            self._made(USUAL)

    def variant(self, variables: Mapping[str, Any], context: Any) -> Variant | None:
        """Answer the variant for these variables and this caller; None if a condition is none.

        raises: TooLarge.
        """
        key = self._key(variables) if self.conditions else USUAL
        if key is None:
            return None
        variant = self._variants.get(key) or self._made(key)
        try:
            for guard in variant.guards:
                guard(context)
        except Exception:  # noqa: BLE001
            refused = (*key[:-1], False)
            return self._variants.get(refused) or self._made(refused)
        return variant

    def _key(self, variables: Mapping[str, Any]) -> tuple[bool, ...] | None:
        decided = [variables.get(name) for name in self.conditions]
        if not all(isinstance(each, bool) for each in decided):
            return None
        return (*map(bool, decided), True)

    def _made(self, key: tuple[bool, ...]) -> Variant:
        """Answer a variant that is made now; the oldest goes where there are too many.

        raises: TooLarge, which is found out once.
        """
        if key in self._too_large:
            raise TooLarge
        try:
            made = self._variants[key] = self._make(key)
        except _TOO_LARGE:
            self._too_large.add(key)
            raise TooLarge from None
        self.setting.room.take(self._variants, key, len(made.code.source))
        if len(self._variants) > MOST_VARIANTS:
            del self._variants[next(iter(self._variants))]
        return made

    def _make(self, key: tuple[bool, ...]) -> Variant:
        setting, schema = self.setting, self.setting.types.schema
        decided = dict(zip(self.conditions, key, strict=False))
        grower = Grower(schema, setting.operation, decided, self._reader, trusts_guards=key[-1])
        root = schema.get_root_type(setting.operation.node.operation)
        assert root is not None
        tree = grower.grow(root)
        keeps = {each.number: keep for each in tree.steps if (keep := keep_of(each)) is not None}
        code = emit(tree, setting.types, self._title(key), keeps, setting.pace.most_at_once)
        roots = tuple(self._stage(each, code) for each in tree.roots)
        guards = tuple(dict.fromkeys(tree.guards))
        return Variant(tree, code, roots, setting.operation.is_mutation, keeps, guards)

    def _stage(self, step: Step, code: Code) -> Stage:
        children = tuple(self._stage(each, code) for each in step.children)
        read = arguments_reader(step.field, hide=self.setting.hide_suggestions)
        fill = code.fills[step.number]
        keyed = tuple(each for each in children if each.number in code.keyed)
        return Stage(step.number, step, step.field.access, read, fill, children, keyed)

    def _title(self, key: tuple[bool, ...]) -> str:
        name = self.setting.operation.node.name
        decided = [f"${k}={str(v).lower()}" for k, v in zip(self.conditions, key, strict=False)]
        guarded = [] if key[-1] else ["refused"]
        return " ".join([name.value if name else "operation", *decided, *guarded])


def _is_told_by_itself(step: Step) -> bool:
    access = step.field.access
    return is_itself(access) and not access.guards and is_read_in_place(step)


def describe(variant: Variant) -> list[str]:
    """Answer the steps as people read them, indented by level."""
    lines: list[str] = []

    def add(stage: Stage, depth: int) -> None:
        field = stage.step.field
        lines.append(f"{'  ' * depth}{field.parent.name}.{field.name}: {_how(field.access)}")
        for each in stage.children:
            add(each, depth + 1)

    for each in variant.roots:
        add(each, 0)
    return lines


def _how(access: object) -> str:
    if isinstance(access, Batch):
        return f"one call of {getattr(access.function, '__name__', 'a batch function')}"
    return "a call per parent" if isinstance(access, Each) else "an attribute"
