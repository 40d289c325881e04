"""The schema in its own language: for people, and as a subgraph of Apollo Federation 2.

The directives: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/
reference/directives (read 2026-11-25).
"""

from collections.abc import Iterator
from dataclasses import replace

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
)

from gateway.graph.entities import KEYS
from gateway.graph.marking import (
    COST_DIRECTIVES,
    marks_of_argument,
    marks_of_field,
    marks_of_input,
    marks_of_type,
)
from gateway.graph.naming import plain_field, plain_type
from gateway.graph.permissions import FIELDS, TYPES
from gateway.model.principal import Scope

# Values that other subgraphs may give too, field by field.
VALUES = frozenset({"Address", "GeoPoint", "Money", "PageInfo", "Party"})
# What a supergraph cannot answer: it would have to know which subgraph an id is of.
INACCESSIBLE = frozenset({("Query", "node"), ("Query", "nodes")})
_LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [{}])\n'
_IMPORTS = '"@key", "@shareable", "@inaccessible"'
_SCOPES = '''
"""What a caller needs: all the scopes of one of these lists."""
directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION
'''


def text_for_people(schema: GraphQLSchema, printed: str) -> str:
    """Answer the schema with what it asks for and costs, and without a router's doors."""
    return _text(_SCOPES + COST_DIRECTIVES, _marked(schema, printed, is_subgraph=False))


def text_for_routers(schema: GraphQLSchema, printed: str, *, router_enforces_scopes: bool) -> str:
    """Answer the schema as `_service` tells it.

    `router_enforces_scopes`: `@requiresScopes` is Federation's own, which composition hands on;
    else it is the subgraph's, which composition leaves out as it does `@cost` and `@listSize`.
    """
    imported = f'{_IMPORTS}, "@requiresScopes"' if router_enforces_scopes else _IMPORTS
    head = _LINK.format(imported) + ("" if router_enforces_scopes else _SCOPES) + COST_DIRECTIVES
    return _text(head, _marked(schema, printed, is_subgraph=True))


def _text(head: str, definitions: Iterator[DefinitionNode]) -> str:
    whole = (*parse(head).definitions, *definitions)
    return _spaced(print_ast(DocumentNode(definitions=whole))) + "\n"


def _spaced(printed: str) -> str:
    """Answer a printed schema with an empty line before each described field."""
    lines: list[str] = []
    is_within = False
    for line in printed.split("\n"):
        is_described = '"""' in line and not is_within
        if is_described and lines and lines[-1][-1:] not in ("", "{", "("):
            lines.append("")
        is_within = is_within != (line.count('"""') == 1)
        lines.append(line)
    return "\n".join(lines)


def _marked(schema: GraphQLSchema, printed: str, *, is_subgraph: bool) -> Iterator[DefinitionNode]:
    for node in parse(printed).definitions:
        if isinstance(node, TypeDefinitionNode) and _is_for_routers(node):
            continue
        if isinstance(node, ObjectTypeDefinitionNode):
            yield _marked_type(_object(schema, node), node, is_subgraph=is_subgraph)
        elif isinstance(node, InputObjectTypeDefinitionNode):
            yield _marked_input(schema, node)
        else:
            yield node


def _object(schema: GraphQLSchema, node: ObjectTypeDefinitionNode) -> GraphQLObjectType:
    kind = schema.type_map[node.name.value]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{kind.name} was printed of another schema")
    return kind


def _marked_type(
    kind: GraphQLObjectType, node: ObjectTypeDefinitionNode, *, is_subgraph: bool
) -> ObjectTypeDefinitionNode:
    name = plain_type(kind)
    federated = _federation_of(name) if is_subgraph else ()
    marks = [*federated, *_scopes_of(TYPES[name]), *marks_of_type(kind)]
    fields = tuple(
        _marked_field(kind, each, is_subgraph=is_subgraph)
        for each in node.fields or ()
        if not _is_for_routers(each)
    )
    return replace(node, directives=_directives(marks), fields=fields)


def _marked_field(
    kind: GraphQLObjectType, node: FieldDefinitionNode, *, is_subgraph: bool
) -> FieldDefinitionNode:
    field = kind.fields[node.name.value]
    place = (plain_type(kind), plain_field(node.name.value, field))
    hidden = ["@inaccessible"] if is_subgraph and place in INACCESSIBLE else []
    marks = [*hidden, *_scopes_of(FIELDS.get(place)), *marks_of_field(kind, node.name.value)]
    arguments = tuple(
        _with_marks(each, marks_of_argument(kind, node.name.value, each.name.value))
        for each in node.arguments or ()
    )
    return replace(node, directives=_directives(marks), arguments=arguments)


def _marked_input(
    schema: GraphQLSchema, node: InputObjectTypeDefinitionNode
) -> InputObjectTypeDefinitionNode:
    kind = schema.type_map[node.name.value]
    if not isinstance(kind, GraphQLInputObjectType):
        raise TypeError(f"{kind.name} was printed of another schema")
    fields = tuple(
        _with_marks(each, marks_of_input(kind.fields[each.name.value]))
        for each in node.fields or ()
    )
    return replace(node, fields=fields)


def _with_marks(node: InputValueDefinitionNode, marks: list[str]) -> InputValueDefinitionNode:
    return replace(node, directives=_directives(marks)) if marks else node


def _federation_of(name: str) -> Iterator[str]:
    if name in KEYS:
        yield f'@key(fields: "{KEYS[name]}")'
    if name in VALUES:
        yield "@shareable"


def _scopes_of(scope: Scope | None) -> Iterator[str]:
    if scope is not None:
        yield f'@requiresScopes(scopes: [["{scope.value}"]])'


def _directives(marks: list[str]) -> tuple[ConstDirectiveNode, ...]:
    (holder,) = parse(f"scalar Marked {' '.join(marks)}").definitions
    return tuple(holder.directives or ()) if isinstance(holder, ScalarTypeDefinitionNode) else ()


def _is_for_routers(node: TypeDefinitionNode | FieldDefinitionNode) -> bool:
    """Answer whether this is a door that routers use and know by themselves."""
    return node.name.value.startswith("_")
