"""What is asked wrongly, what goes wrong inside, and what is done on request."""

import base64
from uuid import UUID

from gateway.projection.database import transaction
from gateway.projection.drift import Drift, DriftKind, keep_drift

from .stage import PLACED, Stage, an_order

SYNC = """mutation($source: ID!, $stream: String!, $key: String!) {
  syncSource(input: {source: $source, stream: $stream, idempotencyKey: $key}) {
    __typename
    ... on SyncSourceSuccess { run { id source stream state rows } }
    ... on Refusal { code path }
  }
}"""
RUNS = """{ sources { id runs { id stream kind state
    drift { changed added deleted records { ref kind fields } } } } }"""


async def test_a_fault_inside_is_masked_with_an_id_and_spoils_nothing_else(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    await stage.gateway.pool.execute("ALTER TABLE order_line RENAME TO hidden_line")
    answer = await stage.ask("{ orders(first: 1) { nodes { number lines { sku } } } }")
    assert answer["data"] == {"orders": {"nodes": [{"number": "1", "lines": None}]}}
    (error,) = answer["errors"]
    assert error["path"] == ["orders", "nodes", 0, "lines"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"].endswith(error["extensions"]["id"])
    assert "order_line" not in str(answer)


async def test_a_document_that_cannot_be_executed_has_no_data(stage: Stage) -> None:
    for query, operation in (
        ("{ orders { nope } }", None),
        ("{", None),
        ("query A { viewer { kind } } query B { viewer { name } }", None),
        ("query A { viewer { kind } }", "B"),
        ("query($skus: [Sku!]!) { availability(skus: $skus) { sku } }", None),
    ):
        answer = await stage.ask(query, operation=operation)
        assert (answer["http"], "data" in answer) == (400, False), query
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    chosen = await stage.ask(
        "query A { viewer { kind } } query B { viewer { name } }", operation="B"
    )
    assert chosen["data"] == {"viewer": {"name": "key:people"}}


async def test_questions_about_the_schema_are_refused_where_the_configuration_says_so(
    stage: Stage,
) -> None:
    answer = await stage.ask("{ __schema { types { name } } }")
    assert "data" not in answer
    assert "introspection" in answer["errors"][0]["message"]


async def test_every_answer_has_its_own_time(stage: Stage) -> None:
    answer = await stage.ask("{ viewer { kind } }")
    assert answer["extensions"]["now"].endswith("Z")


async def test_a_walk_is_asked_for_once_per_key(stage: Stage) -> None:
    told = {"source": "wms", "stream": "stock", "key": "k-1"}
    first = (await stage.data(SYNC, told))["syncSource"]
    assert first["__typename"] == "SyncSourceSuccess"
    assert {**first["run"], "id": None} == {
        "id": None, "source": "wms", "stream": "stock", "state": "QUEUED", "rows": 0,
    }  # fmt: skip
    assert (await stage.data(SYNC, told))["syncSource"] == first
    reused = await stage.data(SYNC, {**told, "stream": "locations"})
    assert reused["syncSource"] == {
        "__typename": "IdempotencyKeyReused", "code": "IDEMPOTENCY_KEY_REUSED",
        "path": ["input", "idempotencyKey"],
    }  # fmt: skip
    assert await stage.gateway.pool.fetchval("SELECT count(*) FROM sync_run") == 1


async def test_what_a_reconcile_has_found_is_told_by_name_and_counted(stage: Stage) -> None:
    ask = SYNC.replace("idempotencyKey", "reconcile: true, idempotencyKey")
    told = {"source": "wms", "stream": "stock", "key": "k-1"}
    run = (await stage.data(ask, told))["syncSource"]["run"]
    (_, key) = base64.urlsafe_b64decode(run["id"] + "==").decode().split(":")
    found = [Drift(f"S-{n:03d}@w-1", DriftKind.ADDED) for n in range(101)]
    found += [
        Drift("SKU-1@w-1", DriftKind.CHANGED, ("on_hand",)), Drift("007@w-2", DriftKind.DELETED),
    ]  # fmt: skip
    async with transaction(stage.gateway.pool) as connection:
        await keep_drift(connection, UUID(key), found, PLACED)
    (wms,) = (
        each for each in (await stage.data(RUNS))["sources"] if each["id"] == "wms"
    )  # fmt: skip
    (shown,) = wms["runs"]
    drift = shown.pop("drift")
    records = drift.pop("records")
    assert shown == {"id": run["id"], "stream": "stock", "kind": "RECONCILE", "state": "QUEUED"}
    assert drift == {"changed": 1, "added": 101, "deleted": 1}
    assert [each["ref"] for each in records if each["kind"] == "ADDED"] == [
        each.ref for each in found[:100]
    ]
    assert [each for each in records if each["kind"] != "ADDED"] == [
        {"ref": "SKU-1@w-1", "kind": "CHANGED", "fields": ["on_hand"]},
        {"ref": "007@w-2", "kind": "DELETED", "fields": []},
    ]


async def test_a_walk_of_what_is_not_read_is_refused_and_nothing_changes(stage: Stage) -> None:
    for source, stream in (("market", "stock"), ("nobody", "orders"), ("wms", "nonsense")):
        told = {"source": source, "stream": stream, "key": "k-1"}
        refused = (await stage.data(SYNC, told))["syncSource"]
        assert refused == {
            "__typename": "UnknownSourceStream", "code": "UNKNOWN_STREAM",
            "path": ["input", "stream"],
        }  # fmt: skip
    assert await stage.codes(SYNC, told, kind="partner") == [(["syncSource"], "FORBIDDEN")]
    assert await stage.gateway.pool.fetchval("SELECT count(*) FROM sync_run") == 0


async def test_the_readiness_of_a_gateway_without_its_tables_names_what_is_missing(
    stage: Stage,
) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as client:
        async with client.get(f"{stage.url}/readyz") as ready:
            assert (ready.status, await ready.json()) == (200, {"status": "ready"})
        await stage.gateway.pool.execute("DELETE FROM alembic_version")
        async with client.get(f"{stage.url}/readyz") as missing:
            told = await missing.json()
    assert (missing.status, told["missing"][0]["what"]) == (503, "migrations")
