"""Made-up schemas, as data: what both graphql-core and Strawberry can be made of."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

LEAVES = ("String", "Int", "Float", "Boolean", "ID", "Color", "Shout", "Anything", "Time")
INPUTS = (
    "String", "Int", "Boolean", "Color", "[Int!]", "Wish", "Int!", "[String]", "Choice", "Wish!",
    "[[Int]]", "[Wish!]", "Anything", "Color!", "Float", "ID", "Yell",
)  # fmt: skip
DEFAULTS = {
    "String": '"dft"',
    "Int": "7",
    "Color": "GREEN",
    "Wish": "{size: 3}",
    "[Int!]": "[1, 2]",
    "Int!": "4",
    "Color!": "BLUE",
}
# How a field's values come about; `method` is an attribute that is called. Beside them there is
# `event`: the field of a subscription whose value is the event itself.
WAYS = (
    "attribute", "attribute", "attribute", "sync", "async", "batch", "batch", "guarded batch",
    "guarded attribute", "slow", "method", "wrapped batch", "lasting batch", "steady batch",
    "plain batch",
)  # fmt: skip
ROOT_WAYS = (
    "sync", "async", "batch", "attribute", "slow", "guarded batch", "lasting batch"
)  # fmt: skip
# Those of a schema of which much may be kept, and is read in place at many depths.
KEPT_WAYS = (
    "attribute", "attribute", "attribute", "attribute", "guarded attribute", "lasting batch",
    "steady batch", "guarded steady batch", "guarded steady batch",
)  # fmt: skip


@dataclass(frozen=True)
class ArgumentSpec:
    """An argument: its name, its type, and its default as it is written."""

    name: str
    kind: str
    default: str | None


@dataclass(frozen=True)
class FieldSpec:
    """A field: `kind` is its type as the schema language writes it."""

    name: str
    kind: str
    way: str
    arguments: tuple[ArgumentSpec, ...] = ()
    is_deprecated: bool = False

    @property
    def named(self) -> str:
        return self.kind.strip("[]!").replace("!", "").replace("]", "")


@dataclass(frozen=True)
class TypeSpec:
    """An object type, interface or union; `tells` is how it tells which objects are of it."""

    name: str
    sort: str
    fields: tuple[FieldSpec, ...] = ()
    members: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    tells: str = "plain"


@dataclass(frozen=True)
class SchemaSpec:
    """A schema; `trouble` is how many of a hundred values are not as they should be."""

    types: dict[str, TypeSpec]
    trouble: int
    seed: int

    def objects(self) -> Iterator[TypeSpec]:
        yield from (each for each in self.types.values() if each.sort == "object")

    @property
    def guarded(self) -> list[str]:
        """Answer the names of the fields that a caller may be refused."""
        fields = [each for kind in self.types.values() for each in kind.fields]
        return sorted({each.name for each in fields if each.way.startswith("guarded")})

    def possible(self, name: str) -> list[str]:
        """Answer the object types that values of a type may have."""
        spec = self.types[name]
        if spec.sort == "object":
            return [name]
        if spec.sort == "union":
            return list(spec.members)
        return [each.name for each in self.objects() if name in each.interfaces]


def make_spec(rng: Random) -> SchemaSpec:
    """Answer a schema by chance: 2 to 4 object types, two interfaces, a union."""
    names = [f"T{number}" for number in range(rng.randint(2, 4))]
    keeps = rng.random() < 0.3
    ways = KEPT_WAYS if keeps else WAYS
    targets = names * 4 if keeps else names
    targets = [*targets, "Face", "Wide", "Either"]
    shared = tuple(_field(rng, f"f{number}", targets, ways) for number in range(2))
    facing = set(rng.sample(names, rng.randint(1, len(names))))
    types = {
        "Wide": TypeSpec("Wide", "interface", shared[:1], tells=_tells(rng)),
        "Face": TypeSpec("Face", "interface", shared, (), ("Wide",), _tells(rng)),
        "Either": TypeSpec(
            "Either", "union", members=tuple(sorted(rng.sample(names, 2))), tells=_tells(rng)
        ),
    }
    for name in names:
        own = tuple(
            _field(rng, f"{name.lower()}f{number}", targets, ways)
            for number in range(rng.randint(2, 5))
        )
        shows = ("Face", "Wide") if name in facing else rng.choice([(), ("Wide",)])
        inherited = tuple(_narrower(rng, each) for each in shared[: len(shows)])
        tells = "plain" if keeps else rng.choice(["plain", "plain", "checked", "checked async"])
        types[name] = TypeSpec(name, "object", (*inherited, *own), (), shows, tells)
    roots = tuple(
        _root(rng, f"r{number}", targets, ("lasting batch",) if keeps else ROOT_WAYS)
        for number in range(rng.randint(2, 4))
    )
    types["Query"] = TypeSpec("Query", "object", roots)
    types["Mutation"] = TypeSpec("Mutation", "object", roots[:2])
    trouble = rng.choice([0, 0, 0, 4] if keeps else [0, 0, 4, 20])
    event = FieldSpec("event", "T0", "event")
    types["Subscription"] = TypeSpec("Subscription", "object", (*roots, event))
    return SchemaSpec(types, trouble, rng.randint(0, 1_000_000))


def without_methods(spec: SchemaSpec) -> SchemaSpec:
    """Answer the same schema with attributes that are values: Strawberry calls none."""
    types = {
        name: replace(kind, fields=tuple(map(_as_value, kind.fields)))
        for name, kind in spec.types.items()
    }
    return replace(spec, types=types)


def _as_value(field: FieldSpec) -> FieldSpec:
    way = "attribute" if field.way == "method" else field.way
    return replace(field, way=way, arguments=() if "attribute" in way else field.arguments)


def _narrower(rng: Random, field: FieldSpec) -> FieldSpec:
    """Answer an interface's field as a type may have it: one that is never null."""
    narrows = rng.random() < 0.2 and not field.kind.endswith("!") and "guarded" not in field.way
    return replace(field, kind=f"{field.kind}!") if narrows else field


def _tells(rng: Random) -> str:
    return rng.choice(["name", "name", "async name", "check", "usual", "odd"])


def _root(rng: Random, name: str, targets: list[str], ways: tuple[str, ...]) -> FieldSpec:
    named = rng.choice(targets) if rng.random() < 0.85 else rng.choice(LEAVES)
    way = rng.choice(ways)
    kind = rng.choice([named, f"[{named}]", f"[{named}!]", f"[{named}!]!", f"{named}!"])
    return FieldSpec(name, kind, way, _arguments(rng))


def _field(rng: Random, name: str, targets: list[str], ways: tuple[str, ...]) -> FieldSpec:
    named = rng.choice(targets) if rng.random() < 0.4 else rng.choice(LEAVES)
    kind = named
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        kind = f"[{kind}!]" if rng.random() < 0.5 else f"[{kind}]"
    way = rng.choice(ways)
    if rng.random() < 0.4 and not way.startswith("guarded"):
        kind += "!"
    takes = rng.random() < (0.1 if "attribute" in way else 0.4)
    arguments = _arguments(rng) if takes else ()
    return FieldSpec(name, kind, way, arguments, is_deprecated=rng.random() < 0.1)


def _arguments(rng: Random) -> tuple[ArgumentSpec, ...]:
    specs = []
    for number in range(rng.choice([0, 0, 1, 2])):
        kind = rng.choice(INPUTS)
        default = DEFAULTS.get(kind) if rng.random() < 0.4 else None
        specs.append(ArgumentSpec(f"a{number}", kind, default))
    return tuple(specs)
