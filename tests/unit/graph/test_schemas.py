"""A caller's schema and a router's: what a prefix changes, and what only a router finds."""

import pytest
from graphql import GraphQLSchema

from gateway.graph.naming import ROOTS
from gateway.graph.schema import Schemas, make_schemas
from gateway.model.principal import Principal, PrincipalKind, Scope

PLAIN = make_schemas()
PREFIXED = make_schemas(prefix="Trama")
ABOUT = '{ __type(name: "_Service") { name } __schema { queryType { fields { name } } } }'


def _named(schema: GraphQLSchema) -> set[str]:
    """Answer the names that a prefix is for."""
    kept = {"ID", "String", "Int", "Float", "Boolean", *ROOTS}
    scalars = {"Sku", "DateTime", "Duration", "Decimal", "PageCursor", "EventCursor"}
    scalars |= {"CountryCode", "CurrencyCode", "PostalCode"}
    return {name for name in schema.type_map if name[0] != "_"} - kept - scalars


def test_a_prefix_begins_every_type_and_every_root_field() -> None:
    plain, prefixed = _named(PLAIN.callers.executable), _named(PREFIXED.callers.executable)
    assert prefixed == {f"Trama{name}" for name in plain}
    for root in ROOTS:
        fields = getattr(PLAIN.callers.executable.type_map[root], "fields", {})
        behind = getattr(PREFIXED.callers.executable.type_map[root], "fields", {})
        assert list(behind) == [
            name if name[0] == "_" else f"trama{name[0].upper()}{name[1:]}" for name in fields
        ]
        assert [str(each.args.keys()) for each in behind.values()] == [
            str(each.args.keys()) for each in fields.values()
        ]


@pytest.mark.parametrize("schemas", [PLAIN, PREFIXED], ids=["plain", "prefixed"])
def test_only_a_router_finds_the_service_however_it_looks(schemas: Schemas) -> None:
    caller = Principal("key:people", PrincipalKind.OPERATOR, frozenset(Scope) - {Scope.SCHEMA_READ})
    router = Principal("key:router", PrincipalKind.ROUTER, frozenset({Scope.SCHEMA_READ}))
    finds = {}
    for who in (caller, router):
        found = schemas.of(who).execute_sync(ABOUT)
        assert found.errors is None
        assert found.data is not None
        listed = [each["name"] for each in found.data["__schema"]["queryType"]["fields"]]
        finds[who.kind] = (found.data["__type"], "_service" in listed)
    assert finds == {
        PrincipalKind.OPERATOR: (None, False),
        PrincipalKind.ROUTER: ({"name": "_Service"}, True),
    }


def test_the_scopes_are_handed_on_or_kept() -> None:
    kept, handed = PLAIN.subgraph, make_schemas(router_enforces_scopes=True).subgraph
    definition = "directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION"
    assert (definition in kept, '"@requiresScopes"' in kept) == (True, False)
    assert (definition in handed, '"@requiresScopes"' in handed) == (False, True)
    applied = '@requiresScopes(scopes: [["'
    assert kept.count(applied) == handed.count(applied) > 50
