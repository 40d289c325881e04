"""What is sent: valid by the sandbox's schema, and as dear as the connector believes."""

import pytest
from graphql import OperationDefinitionNode, parse, validate

from connectors.shiphero import queries
from connectors.shiphero.queries import Operation
from connectors.shiphero.sandbox.costs import MOST, Costing
from connectors.shiphero.sandbox.schema import shiphero_schema

READS = [
    *map(queries.orders_page, (100, 50, 25, 12, 6, 5)),
    queries.ORDER,
    queries.WAREHOUSE_PRODUCTS,
    queries.WAREHOUSES,
    queries.CHECK,
    queries.WEBHOOKS,
    queries.orders_of(1),
    queries.orders_of(queries.REFS),
    queries.orders_of(1, is_exhaustive=True),
    queries.levels_of(1),
    queries.levels_of(queries.LEVELS),
]
WRITES = [queries.CREATE_WEBHOOK, queries.DELETE_WEBHOOK]
SCHEMA = shiphero_schema()


def cost_of(operation: Operation) -> int:
    document = parse(operation.text)
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name is not None
    assert definition.name.value == operation.name
    return Costing(document, {}).of(definition)


@pytest.mark.parametrize("operation", [*READS, *WRITES], ids=lambda o: o.name)
def test_an_operation_is_valid_and_affordable(operation: Operation) -> None:
    assert validate(SCHEMA, parse(operation.text)) == []
    assert operation.cost + operation.spare <= MOST


@pytest.mark.parametrize("operation", READS, ids=lambda o: o.name)
def test_a_read_costs_at_most_what_is_waited_for(operation: Operation) -> None:
    assert operation.cost == cost_of(operation)
    assert "user_quota" in operation.text
