"""Trama composes with a foreign subgraph that extends its entities, as the configuration says."""

import re

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from tests.integration.graph.stage import KEYS
from tests.integration.supergraph.routers import SETTINGS, composed
from tests.integration.supergraph.scene import two_subgraphs

ENFORCED = '@requiresScopes(scopes: [["orders:read"]])'


def _subgraphs_of(text: str, schema: GraphQLSchema, name: str) -> set[str]:
    """Answer which subgraphs have a type."""
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    (block,) = re.findall(rf"^type {name}\b(.*?)\{{$", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"@join__type\(graph: (\w+)", block))


async def test_entities_and_values_are_shared_and_nodes_stay_out(database: str) -> None:
    async with two_subgraphs(database) as scene:
        text = await composed(scene.environ)
        with pytest.raises(AssertionError, match="trama: Cannot query field '_service'"):
            await composed({**scene.environ, "TRAMA_ROUTER_KEY": KEYS["operator"]})
    schema = build_schema(text, assume_valid=True)
    for name in ("Order", "InventoryItem", "Money"):
        assert _subgraphs_of(text, schema, name) == {"TRAMA", "LOYALTY"}
    for name in ("Customer", "Location", "Availability"):
        assert _subgraphs_of(text, schema, name) == {"TRAMA"}
    for name in ("node", "nodes"):
        assert re.search(rf"^  {name}\(.*?@inaccessible", text, re.MULTILINE | re.DOTALL)
    assert schema.query_type
    assert {"orders", "rewardedOrders"} < set(schema.query_type.fields)
    assert schema.subscription_type
    assert set(schema.subscription_type.fields) == {"orderEvents", "availabilityChanged"}
    assert [name for name in schema.type_map if name in ("_Any", "_Entity", "_Service")] == []
    assert not re.search("requiresScopes|@cost|listSize", text)


async def test_behind_a_prefix_it_stands_beside_an_order_of_another(database: str) -> None:
    told = {**SETTINGS["federation"], "router_enforces_scopes": True}
    async with two_subgraphs(database, told) as scene:
        text = await composed(scene.environ)
        found = await scene.stage.data(
            """query($asked: [_Any!]!) { _entities(representations: $asked) {
                 ... on TramaOrder { number } ... on TramaInventoryItem { sku } } }""",
            {"asked": [
                {"__typename": "TramaInventoryItem", "sku": "007"},
                {"__typename": "TramaOrder", "id": scene.ids[1]},
            ]},
        )  # fmt: skip
        ask = "query($asked: [_Any!]!) { _entities(representations: $asked) { __typename } }"
        plain = {"asked": [{"__typename": "Order", "id": scene.ids[1]}]}
        assert await scene.stage.codes(ask, plain) == [(["_entities", 0], "BAD_REQUEST")]
        refused = await scene.stage.codes("{ tramaSources { id } }", kind="partner")
    assert found == {"_entities": [{"sku": "007"}, {"number": "2"}]}
    assert refused == [(["tramaSources"], "FORBIDDEN")]
    schema = build_schema(text, assume_valid=True)
    assert schema.query_type
    types = {name: str(field.type) for name, field in schema.query_type.fields.items()}
    assert (types["order"], types["tramaOrder"]) == ("Order!", "TramaOrder")
    assert schema.subscription_type
    assert "tramaOrderEvents" in schema.subscription_type.fields
    assert _subgraphs_of(text, schema, "Order") == {"LOYALTY"}
    assert _subgraphs_of(text, schema, "TramaOrder") == {"TRAMA", "LOYALTY"}
    assert ENFORCED in text
