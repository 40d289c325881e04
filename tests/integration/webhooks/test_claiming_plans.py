"""What is next is found without looking at all that waits."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.projection.database import open_pool
from gateway.projection.webhooks.deliveries import UNDER_WAY, next_due

ENDPOINT = UUID(int=7)
FILL = f"""
INSERT INTO webhook_endpoint (id, owner, url, types, channels, secret, position, created_at)
    VALUES ('{ENDPOINT}', 'key:a', 'https://a.example', '{{}}', '{{}}', 's', 0, now());
INSERT INTO webhook_delivery (id, endpoint_id, position, type, order_id, version, changed,
        audience, occurred_at, state, due_at, created_at)
    SELECT gen_random_uuid(), '{ENDPOINT}', n, 'order.updated', md5((n % 5000)::text)::uuid, n,
        '{{}}', '{{}}', now(), CASE WHEN n > 5000 THEN 'WAITING' ELSE 'DELIVERED' END, now(), now()
    FROM generate_series(1, 20000) n;
ANALYZE webhook_delivery;
"""


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


async def test_the_next_ones_are_read_in_their_order_and_no_more(database: str) -> None:
    pool = await open_pool(database, maximum=2)
    later = datetime.now(UTC) + timedelta(seconds=1)
    try:
        await pool.execute(FILL)
        told = await pool.fetchval(f"EXPLAIN (FORMAT JSON) {next_due(8)}", ENDPOINT, later)
        nodes = _nodes(json.loads(told)[0]["Plan"])
        assert {"Seq Scan", "Sort"}.isdisjoint(node["Node Type"] for node in nodes)
        assert "webhook_delivery_next" in {node.get("Index Name") for node in nodes}
        told = await pool.fetchval(f"EXPLAIN (FORMAT JSON) {UNDER_WAY}", ENDPOINT)
        nodes = _nodes(json.loads(told)[0]["Plan"])
        assert "Seq Scan" not in {node["Node Type"] for node in nodes}
        found = await pool.fetch(next_due(8), ENDPOINT, later)
        rows = await pool.fetch(
            "SELECT position FROM webhook_delivery WHERE id = ANY($1::uuid[])",
            [row["id"] for row in found],
        )
        assert sorted(row["position"] for row in rows) == list(range(5001, 5009))
    finally:
        await pool.close()
