"""With the engine on, callers are answered and refused as by graphql-core."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, print_ast

from gateway.demo import examples
from gateway.engine.engine import COMPILED, Engine, Planned
from gateway.engine.response import Response

from .stage import Stage, an_order, some_work, staged

Told = list[tuple[Any, str]]
BY_REF = {"channel": "marketplace", "ref": "1-01"}
ASKED: list[tuple[str, dict[str, Any]]] = [
    (examples.AVAILABILITY, {"skus": ["SKU-1", "007", "none"]}),
    (examples.ORDER, BY_REF),
    (examples.SALE, BY_REF),
    (examples.CONFLICTS, BY_REF),
    (examples.CUSTOMER, {"email": "c-1@example.com"}),
    (examples.ORDERS, {}),
    (examples.SOURCES, {}),
    (examples.VIEWER, {}),
    ("{ orders(first: 2) { nodes { id __typename ...N } edges { node { ...N } } } } "
     "fragment N on Node { id ... on Order { number total { amount } } }", {}),
    ('{ node(id: "nonsense") { id } a: availability(skus: []) { sku } '
     'b: availability(skus: ["SKU-1"]) { locations { onHand committed held location { code } } } }',
     {}),
    ("query($has: Boolean!) { viewer { kind name @skip(if: $has) } "
     "locations(first: 1) @include(if: $has) { nodes { code name } totalCount } }", {"has": True}),
]  # fmt: skip


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """A gateway that executes by the engine."""
    async with staged(database, engine={"enabled": True}) as stage:
        await stage.put("orders", an_order("1-01"), an_order("1-02", "c-2"))
        await stage.put("fulfillments", some_work("1-01", shipped=1))
        await stage.put_beside("1-01")
        yield stage


@pytest.mark.parametrize("kind", ["operator", "partner", "storefront"])
async def test_each_kind_of_caller_is_answered_alike_by_both(
    stage: Stage, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, counts = Engine.begin, Counter[str]()
    alike: list[tuple[Any, Any]] = []

    async def both(self: Engine, planned: Planned, variables: Any, context: Any) -> Response:
        begun = usual(self, planned, variables, context)
        ours = begun if isinstance(begun, Response) else await begun
        theirs = await self._hand_over(planned, variables, context, None)
        alike.append(((theirs.data, _told(theirs.errors or ())), (ours.data, _told(ours.errors))))
        counts.update(self.counts)
        self.counts.clear()
        return ours

    monkeypatch.setattr(Engine, "begin", both)
    for text, variables in ASKED:
        await stage.ask(text, variables, kind=kind)
    assert [ours for _, ours in alike] == [theirs for theirs, _ in alike]
    assert counts[COMPILED] == len(alike) > 5


def _told(errors: Any) -> Told:
    return sorted(((each.path, each.message) for each in errors), key=repr)


async def test_a_guard_refuses_its_field_for_all_parents_and_is_not_left_out(stage: Stage) -> None:
    text = '{ availability(skus: ["SKU-1"]) { sku locations { onHand availableToPromise } } }'
    answer = await stage.ask(text, kind="storefront")
    locations = answer["data"]["availability"][0]["locations"]
    assert [each["onHand"] for each in locations] == [None, None]
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}
    assert [each["path"][-2:] for each in answer["errors"]] == [[0, "onHand"], [1, "onHand"]]
    allowed = await stage.data(text, kind="operator")
    found = sorted(each["onHand"] for each in allowed["availability"][0]["locations"])
    assert found == [0, 5]


async def test_a_large_answer_is_written_in_pieces_and_is_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, written = Response.pieces, []

    async def pieces(self: Response, *told: Any) -> tuple[bytes, ...]:
        made = await usual(self, *told)
        written.append((len(made), b"".join(made) == self.body(*told)))
        return made

    monkeypatch.setattr(Response, "pieces", pieces)
    text = """query($skus: [Sku!]!) { availability(skus: $skus) {
        sku locations { onHand availableToPromise location { code } } } }"""
    one = (await stage.data(text, {"skus": ["SKU-1"]}))["availability"]
    assert written == []
    assert (await stage.data(text, {"skus": ["SKU-1"] * 200}))["availability"] == one * 200
    refused = await stage.ask(text, {"skus": ["SKU-1"] * 100}, kind="storefront")
    assert len(refused["errors"]) == 200
    assert [is_the_same for _, is_the_same in written] == [True, True]


async def test_what_is_wrong_with_variables_is_the_callers_fault(stage: Stage) -> None:
    answer = await stage.ask(
        "query($skus: [Sku!]!) { availability(skus: $skus) { sku } }", {"skus": [""]}
    )
    assert answer["http"] == 400
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in answer


async def test_trusted_documents_are_compiled_before_they_are_asked_for(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[str] = []
    usual = Engine.prepare

    def prepare(self: Engine, document: DocumentNode) -> None:
        usual(self, document)
        prepared.append(print_ast(document))

    monkeypatch.setattr(Engine, "prepare", prepare)
    texts = ["{ viewer { kind } }", "{ nothing }", "{ broken"]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({sha256(t.encode()).hexdigest(): t for t in texts}))
    documents = {"manifest_file": str(manifest)}
    async with staged(database, engine={"enabled": True}, documents=documents):
        assert prepared == ["{\n  viewer {\n    kind\n  }\n}"]
