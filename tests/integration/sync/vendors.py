"""What the benchmarks' vendors say, and what is known of it."""

from collections.abc import Mapping
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource
from tests.integration.four_sources import Stage


def source_of(stage: Stage, name: str) -> ConnectedSource:
    source = stage.gateway.sources.get(name)
    assert source is not None
    return source


async def asked(stage: Stage, name: str, stream: str) -> tuple[list[str], list[Mapped[Any]]]:
    """Answer what a source is asked by, and what it says by now."""
    rows = stage.vendors[name].rows[stream]
    keys = list(stage.vendors[name].rows["orders"]) if stream == "fulfillments" else list(rows)
    source, deadline = source_of(stage, name), Deadline.after(30, stage.gateway.clock)
    connector: Any = source.connector
    if stream == "fulfillments":
        works = await connector.fulfillments_by_ref(keys, deadline=deadline)
        return keys, [each for some in works for each in some]
    ask = connector.orders_by_ref if stream == "orders" else connector.invoices_by_ref
    return keys, list(await ask(keys, deadline=deadline))


async def row_of(stage: Stage, table: str, ref: str) -> Mapping[str, Any]:
    rows = await stage.gateway.pool.fetch(f"SELECT * FROM {table} WHERE ref = $1", ref)
    return next(row for row in rows if row["source_id"] != "till")
