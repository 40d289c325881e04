"""Valid operations on any schema, by chance: variables, fragments, aliases, directives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    OperationType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

MOST_DEEP = 3


@dataclass
class Draft:
    """An operation that is being written; `values` are of its variables.

    `words`: what scalars of a schema of its own may be written as.
    """

    rng: Random
    schema: GraphQLSchema
    declared: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    is_constant: bool = False
    words: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    name: str | None = None
    most_deep: int = MOST_DEEP

    def write(self, kind: str = "query") -> str:
        """Answer the document; `name` says which operation of it is meant, if it has several."""
        root = self.schema.get_root_type(OperationType(kind))
        body = self.selected(root, 0)
        if not self.words and self.rng.random() < 0.02:
            body = f"{body[:-1]}__schema {{ queryType {{ name }} }} }}"
        head = f"({', '.join(self.declared)})" if self.declared else ""
        others = ["query Other { __typename other: __typename }"] if self.rng.random() < 0.2 else []
        self.name = "Op" if others else None
        return "\n".join([*others, f"{kind} Op{head} {body}", *self.fragments.values()])

    def selected(self, kind: Any, deep: int) -> str:
        """Answer a selection set of a type."""
        count = self.rng.choice([1, 1, 2, 2, 3, 4]) if deep < MOST_DEEP else self.rng.choice([1, 2])
        parts = [self._part(kind, deep) for _ in range(count)]
        return "{ " + " ".join(each for each in parts if each) + " __typename }"

    def _part(self, kind: Any, deep: int) -> str:
        sort = self.rng.random()
        if isinstance(kind, GraphQLUnionType):
            sort = 0.75 + sort / 4
        if sort < 0.75:
            return self._field(kind, deep)
        if sort < 0.8:
            return f"{self.rng.choice(['t', '__typename', 'u'])}: __typename"
        target = self._narrowed(kind)
        condition = f" on {target.name}" if target is not kind or sort < 0.95 else ""
        directive = self._directive()
        if sort < 0.9:
            return f"...{condition}{directive} {self.selected(target, deep)}"
        return self._spread(target, deep) + directive

    def _spread(self, target: Any, deep: int) -> str:
        known = [each for each in self.fragments if each.startswith(f"{target.name}_")]
        if known and self.rng.random() < 0.4:
            name = self.rng.choice(known)
        else:
            name = f"{target.name}_{len(self.fragments)}"
            self.fragments[name] = ""
            body = self.selected(target, max(deep, self.most_deep - 1))
            self.fragments[name] = f"fragment {name} on {target.name} {body}"
        return f"...{name}"

    def _narrowed(self, kind: Any) -> Any:
        """Answer a type that objects of a type may be of."""
        is_abstract = is_abstract_type(kind)
        possible = list(self.schema.get_possible_types(kind)) if is_abstract else [kind]
        wider = [
            each
            for each in self.schema.type_map.values()
            if is_abstract_type(each)
            and any(self.schema.is_sub_type(each, one) for one in possible)
            and not isinstance(each, GraphQLUnionType)
        ]
        return self.rng.choice([*possible, *wider])

    def _field(self, kind: Any, deep: int) -> str:
        fields = [
            (name, each)
            for name, each in kind.fields.items()
            if deep < self.most_deep or is_leaf_type(get_named_type(each.type))
        ]
        if not fields:
            return "__typename"
        name, chosen = self.rng.choice(fields)
        given = self._arguments(chosen.args)
        key = self._key(name, kind, given)
        named = get_named_type(chosen.type)
        below = "" if is_leaf_type(named) else " " + self.selected(named, deep + 1)
        return f"{key}{name}{given}{self._directive()}{below}"

    def _key(self, name: str, kind: Any, given: str) -> str:
        """Answer an alias that is the same only for what may be merged."""
        alias = f"{name}_{kind.name}" if isinstance(kind, GraphQLObjectType) else name
        if given:
            return f"{alias}_{crc32(given.encode()) % 10_000}: "
        roll = self.rng.random()
        return "same: " if roll > 0.97 else f"{alias}: " if roll < 0.3 else ""

    def _directive(self) -> str:
        if self.rng.random() < 0.85:
            return ""
        names = self.rng.choice([["skip"], ["include"], ["skip"], ["include"], ["include", "skip"]])
        return "".join(f" @{name}(if: {self._condition()})" for name in names)

    def _condition(self) -> str:
        if self.rng.random() < 0.3:
            return self.rng.choice(["true", "false"])
        if self.rng.random() < 0.5:
            known = [each for each in self.values if each.startswith("c")]
            if known:
                return f"${self.rng.choice(known)}"
        name = f"c{len(self.declared)}"
        roll = self.rng.random()
        self.declared.append(f"${name}: {'Boolean = true' if roll < 0.1 else 'Boolean!'}")
        if roll > 0.05:
            self.values[name] = None if roll < 0.06 else self.rng.random() < 0.5
        return f"${name}"

    def _arguments(self, args: dict[str, GraphQLArgument]) -> str:
        written = [
            f"{name}: {self._input(each.type, has_default=each.default_value is not Undefined)}"
            for name, each in args.items()
            if is_required_argument(each) or self.rng.random() < (0.2 if self.words else 0.6)
        ]
        return f"({', '.join(written)})" if written else ""

    def _input(self, kind: Any, *, has_default: bool = False) -> str:
        if not self.is_constant and self.rng.random() < 0.4:
            return self._variable(kind, has_default=has_default)
        return self.literal(kind)

    def _one_of(self, kind: Any) -> str:
        """Answer an entry of a one-of, where a variable may have no default."""
        if self.is_constant or self.rng.random() < 0.6:
            return self.literal(kind)
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}")
        self.values[name] = self.json(kind)
        return f"${name}"

    def _constant(self, kind: Any) -> str:
        self.is_constant = True
        written = self.literal(kind)
        self.is_constant = False
        return written

    def _variable(self, kind: Any, *, has_default: bool) -> str:
        name = f"v{len(self.declared)}"
        roll = self.rng.random()
        default = f" = {self._constant(kind)}" if roll < 0.25 else ""
        if (default or has_default) and self.rng.random() < 0.3:
            kind = get_nullable_type(kind)
        self.declared.append(f"${name}: {kind}{default}")
        if roll > 0.1 or (is_non_null_type(kind) and not default):
            self.values[name] = self.json(kind)
        return f"${name}"

    def literal(self, kind: Any) -> str:
        """Answer a value of an input type, as it is written in a document."""
        if not is_non_null_type(kind) and self.rng.random() < 0.1:
            return "null"
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            if self.rng.random() < 0.15:
                return self.literal(GraphQLNonNull(get_nullable_type(kind.of_type)))
            items = [self.literal(kind.of_type) for _ in range(self.rng.randint(0, 2))]
            return f"[{', '.join(items)}]"
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind)
        if isinstance(kind, GraphQLEnumType):
            return str(self.rng.choice(list(kind.values)))
        if kind.name == "Anything" and self.rng.random() < 0.5:
            return f"{{k: [{self._input(GraphQLInt)}, null], t: {self._input(GraphQLString)}}}"
        if kind.name in _LITERALS and kind.name not in self.words:
            return str(self.rng.choice(_LITERALS[kind.name]))
        return _written(self.rng.choice(self.words[kind.name]))

    def _object(self, kind: GraphQLInputObjectType) -> str:
        if kind.is_one_of:
            name, chosen = self.rng.choice(list(kind.fields.items()))
            return f"{{{name}: {self._one_of(GraphQLNonNull(chosen.type))}}}"
        entries = [
            f"{name}: {self._input(each.type)}"
            for name, each in kind.fields.items()
            if is_non_null_type(each.type) or self.rng.random() < 0.3
        ]
        return f"{{{', '.join(entries)}}}"

    def json(self, kind: Any) -> Any:
        """Answer a value of an input type, as it is sent as a variable; some are not fit."""
        if self.rng.random() < (0.005 if self.words else 0.03):
            return self.rng.choice([None, "odd", {"odd": 1}, 2**40])
        if not is_non_null_type(kind) and self.rng.random() < 0.1:
            return None
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            if self.rng.random() < 0.1:
                return self.json(GraphQLNonNull(get_nullable_type(kind.of_type)))
            return [self.json(kind.of_type) for _ in range(self.rng.randint(0, 2))]
        if isinstance(kind, GraphQLInputObjectType) and kind.is_one_of:
            name, chosen = self.rng.choice(list(kind.fields.items()))
            return {name: self.json(GraphQLNonNull(chosen.type))}
        if isinstance(kind, GraphQLInputObjectType):
            return {
                name: self.json(each.type)
                for name, each in kind.fields.items()
                if is_non_null_type(each.type) or self.rng.random() < 0.3
            }
        if isinstance(kind, GraphQLEnumType):
            return self.rng.choice(list(kind.values))
        return self.rng.choice(self.words.get(kind.name) or _JSON[kind.name])


def _written(value: Any) -> str:
    """Answer a value of JSON as a document has it."""
    if not isinstance(value, dict):
        return dumps(value)
    return f"{{{', '.join(f'{key}: {_written(each)}' for key, each in value.items())}}}"


_LITERALS: dict[str, Sequence[str]] = {
    "String": ('"a"', '"é\\n"', '""'), "Int": ("0", "41", "-3"), "Boolean": ("true", "false"),
    "Float": ("1.5", "2"), "ID": ('"x"', "4"),
    "Anything": ("5", '"t"', "[1, {a: ENUM}]"), "Yell": ('"low"',), "Shout": ('"s"',),
}  # fmt: skip
_JSON: dict[str, Sequence[Any]] = {
    "String": ("a", "ü\u2028", ""), "Int": (0, 41, -3, 5.0), "Boolean": (True, False),
    "Float": (1.5, 2), "ID": ("x", 4),
    "Anything": (5, {"k": [1, None]}), "Yell": ("low", 5), "Shout": ("s",),
}  # fmt: skip
