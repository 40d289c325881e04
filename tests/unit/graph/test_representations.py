"""A representation is a key, or an error that its caller can mend; never anything else."""

from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.graph.entities import KEYS, key_of
from gateway.graph.schema import make_schemas
from gateway.model.ids import GlobalId

PLAIN = make_schemas().callers
PREFIXED = make_schemas(prefix="Trama").callers
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(), LEAVES, max_size=2)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "__typename": st.sampled_from([*KEYS, "Query", "Node", "_Any", "ID"]) | JSON,
        "id": st.sampled_from([str(GlobalId(kind, "1")) for kind in KEYS]) | JSON,
        "sku": JSON,
    },
)


def read(told: Any) -> Any:
    try:
        return key_of(told, PLAIN)
    except GraphQLError as error:
        return error.extensions


@settings(deadline=None)
@given(JSON | NEARLY)
def test_nonsense_is_a_bad_request_and_a_sku_is_as_it_was(told: Any) -> None:
    found = read(told)
    assert found == {"code": "BAD_REQUEST"} or found == ("InventoryItem", told["sku"])


@settings(deadline=None)
@given(st.sampled_from(["Order", "Customer", "Location"]), st.uuids())
def test_a_key_is_read_behind_the_schemas_own_name_alone(kind: str, key: UUID) -> None:
    text = str(GlobalId(kind, str(key)))
    for schema, own, other in ((PLAIN, kind, f"Trama{kind}"), (PREFIXED, f"Trama{kind}", kind)):
        assert key_of({"__typename": own, "id": text, "more": [1]}, schema) == (kind, key)
        with pytest.raises(GraphQLError, match="not an entity"):
            key_of({"__typename": other, "id": text}, schema)
