"""The tables of README that are computed: pure, but for reading what is installed."""

import re

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema

from gateway.connect.definition import installed_connectors, load_connector
from gateway.connect.scale import tier_of
from gateway.connect.testing.kit import RULES
from gateway.graph.permissions import permission_rows
from gateway.graph.refusals import CODES
from gateway.graph.schema import make_schemas
from gateway.graph.weights import ARGUMENTS, FIELDS, LISTS, TYPES, usual_size
from gateway.model.principal import PrincipalKind, Scope
from gateway.settings import CallerLimits, LimitsSettings, describe_settings
from gateway.telemetry.catalogue import METERS
from gateway.web.scopes import DEFAULT_SCOPES

LIMITS_OF_ALL = [("limits", name) for name in ("document", "variables", "address", "live")]
_PLACE = re.compile(r"(<!-- (?P<name>[a-z]+):begin -->\n).*?(<!-- (?P=name):end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """Answer a text with each computed table between its marks."""
    return _PLACE.sub(lambda found: found[1] + TABLES[found["name"]]() + found[3], text)


def connector_table() -> str:
    """Answer the installed connectors, what they do, and how far they are proven."""
    lines = [
        "| connector | roles | reads | is told | changes by | proven against | tier |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in installed_connectors():
        definition = load_connector(name)
        told = definition.manifest
        package = definition.build.__module__.rpartition(".")[0]
        lines.append(
            f"| [{name}]({package.replace('.', '/')}/README.md) "
            f"| {', '.join(role.value for role in told.roles)} "
            f"| {', '.join(sorted(told.streams))} "
            f"| {', '.join(sorted(told.sinks)) or '-'} "
            f"| {told.delivery.mode} ({told.delivery.signature}) "
            f"| {told.verified.against} "
            f"| {tier_of(package).value} |"
        )
    return "\n".join(lines) + "\n"


def error_table() -> str:
    """Answer the codes of the errors that callers see."""
    lines = ["| code | what it means |", "|---|---|"]
    return "\n".join(lines + [f"| `{code}` | {told} |" for code, told in CODES.items()]) + "\n"


def rule_table() -> str:
    """Answer the rules of the conformance kit."""
    lines = ["| rule | must hold | implied by |", "|---|---|---|"]
    for key, told in sorted(RULES.items()):
        needs = told.implied_by
        lines.append(f"| {key} | {told.title} | {needs} |")
    return "\n".join(lines) + "\n"


def scope_table() -> str:
    """Answer what each kind of caller may do, unless its key says otherwise."""
    kinds = list(PrincipalKind)
    lines = [f"| scope | {' | '.join(kind.value.lower() for kind in kinds)} |"]
    lines.append("|---" * (len(kinds) + 1) + "|")
    for scope in Scope:
        marks = ["yes" if scope in DEFAULT_SCOPES[kind] else "-" for kind in kinds]
        lines.append(f"| `{scope.value}` | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def permission_table() -> str:
    """Answer the scopes that each field asks for, and the kinds of caller that have them."""
    kinds = list(PrincipalKind)
    lines = [f"| field | scopes | {' | '.join(kind.value.lower() for kind in kinds)} |"]
    lines.append("|---" * (len(kinds) + 2) + "|")
    for name, field, asked in permission_rows(make_schemas().routers.executable):
        marks = ["yes" if set(asked) <= DEFAULT_SCOPES[kind] else "-" for kind in kinds]
        told = ", ".join(f"`{scope.value}`" for scope in asked) or "all"
        lines.append(f"| {name}.{field} | {told} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def metric_table() -> str:
    """Answer the meters."""
    lines = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for told in METERS:
        labels = ", ".join(f"`{label}`" for label in told.labels)
        lines.append(f"| `{told.name}` | {told.kind.value} | {labels} | {told.meaning} |")
    return "\n".join(lines) + "\n"


def caller_table() -> str:
    """Answer the limits of each kind of caller."""
    kinds = list(PrincipalKind)
    limits = [LimitsSettings().of(kind.value.lower()) for kind in kinds]
    lines = [f"| setting | {' | '.join(kind.value.lower() for kind in kinds)} | limits |"]
    lines.append("|---" * (len(kinds) + 2) + "|")
    for name, told in CallerLimits.model_fields.items():
        values = [f"{getattr(each, name):g}" for each in limits]
        meaning = (told.description or "").partition("; counted")[0].rstrip(".")
        lines.append(f"| `{name}` | {' | '.join(values)} | {meaning} |")
    return "\n".join(lines) + "\n"


def limit_table() -> str:
    """Answer the limits that hold for every request."""
    rows = [row for row in describe_settings() if row.parts[:2] in LIMITS_OF_ALL]
    lines = ["| setting | default | limits |", "|---|---|---|"]
    lines += [
        f"| `{row.key}` | {row.default.strip('`')} | {row.meaning.rstrip('.')} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def weight_table() -> str:
    """Answer what does not weigh 1, the dearest first."""
    told = [
        *TYPES.items(),
        *((f"{kind}.{field}", weight) for (kind, field), weight in FIELDS.items()),
        *(
            (f"{kind}.{field}({name}:)", weight)
            for (kind, field, name), weight in ARGUMENTS.items()
        ),
    ]
    weights = sorted({weight for _, weight in told}, key=float, reverse=True)
    lines = ["| weight | of |", "|---|---|"]
    for weight in weights:
        named = sorted(f"`{name}`" for name, each in told if each == weight and name[0] != "_")
        lines.append(f"| {weight} | {', '.join(named)} |")
    return "\n".join(lines) + "\n"


def list_table() -> str:
    """Answer how long each list is at most."""
    schema = make_schemas().callers.executable
    lines = ["| list | is as long as | else |", "|---|---|---|"]
    for (kind, field), told in sorted(LISTS.items()):
        within = f" {{ {' '.join(told.sized)} }}" if told.sized else ""
        slicing = ", ".join(f"`{name}`" for name in told.slicing) or "-"
        usual = usual_size(_field(schema, kind, field), told)
        lines.append(f"| `{kind}.{field}{within}` | {slicing} | {usual or '-'} |")
    return "\n".join(lines) + "\n"


def _field(schema: GraphQLSchema, kind: str, name: str) -> GraphQLField:
    holder = schema.type_map[kind]
    if not isinstance(holder, GraphQLObjectType):
        raise TypeError(f"{kind} has no fields")
    field: GraphQLField = holder.fields[name]
    return field


TABLES = {
    "callers": caller_table,
    "limits": limit_table,
    "lists": list_table,
    "connectors": connector_table,
    "errors": error_table,
    "metrics": metric_table,
    "permissions": permission_table,
    "rules": rule_table,
    "scopes": scope_table,
    "weights": weight_table,
}
