"""What the rows measure by: draws, rooms, the peers' doors and what they share with Trama."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from benchmarks.gateway import UNCACHED, configuration
from benchmarks.inside import Caller
from benchmarks.library import QUERY
from benchmarks.loader import ACCOUNTS
from benchmarks.peers import library
from benchmarks.profiling import room_of, shares
from benchmarks.reasons import REASONS
from benchmarks.retail import SCALES, Stock
from benchmarks.rows.federating import shared
from benchmarks.rows.growing import zipf_skus
from benchmarks.rows.reading import TARGETS, hot_set
from benchmarks.vendor.description import description

SMALL = SCALES["small"]
ROOT = Path(library.__file__).parents[2]


def test_draws_follow_zipf_and_the_hot_set_leads_whatever_else_there_is() -> None:
    hot = hot_set(SMALL)
    for stock in (SMALL.less, SMALL.stock):
        drawn = Counter(zipf_skus(SMALL, stock, 20_000))
        assert drawn.most_common(1)[0][0] == hot[0]
        assert 1.6 < drawn[hot[0]] / drawn[hot[1]] < 2.4
    assert len(set(zipf_skus(SMALL, SMALL.stock, 20_000)) - set(hot)) > SMALL.hot_skus


def test_the_smaller_projection_has_the_hot_set_and_a_tenth_of_everything() -> None:
    numbers = {int(sku.removeprefix("SKU-")) for sku in hot_set(SMALL)}
    assert numbers <= set(SMALL.less.skus)
    assert (SMALL.less.positions, SMALL.less.orders) == (2000, 50)
    assert Stock(range(7), 400).positions == 2800


def test_what_is_built_in_counts_for_the_room_that_calls_it() -> None:
    ours, theirs = str(ROOT / "gateway/web/app.py"), "/lib/site-packages/starlette/routing.py"
    stats = {
        (ours, 1, "answer"): (1, 1, 0.5, 1.0, {}),
        (theirs, 1, "route"): (1, 1, 0.25, 0.5, {}),
        ("~", 0, "<built-in method len>"): (
            2, 2, 0.2, 0.2, {(ours, 1, "answer"): (1, 1, 0.15, 0.15),
                             (theirs, 1, "route"): (1, 1, 0.05, 0.05)},
        ),
        ("~", 0, "<built-in method orjson.dumps>"): (
            1, 1, 0.05, 0.05, {(ours, 1, "answer"): (1, 1, 0.05, 0.05)}
        ),
    }  # fmt: skip
    assert shares(stats) == pytest.approx({"gateway/web": 0.65, "starlette": 0.3, "orjson": 0.05})
    assert room_of(("<engine fill_0>", 1, "fill_0")) == "code made by gateway/engine"
    assert room_of(("/lib/python3.11/asyncio/tasks.py", 1, "f")) == "Python and asyncio"


@pytest.mark.parametrize("shelves", [1, 3])
async def test_both_doors_of_the_schema_that_is_not_ours_answer_alike(shelves: int) -> None:
    codes = [f"shelf {number}" for number in range(shelves)]
    body = orjson.dumps({"query": QUERY, "variables": {"codes": codes}})
    said = [await Caller(library.make_app(by), body).ask() for by in ("engine", "strawberry")]
    ours, theirs = (orjson.loads(each) for each in said)
    assert ours == theirs
    assert [each["code"] for each in ours["data"]["shelves"]] == codes
    assert len(ours["data"]["shelves"][0]["books"]) == 10


def test_the_vendor_describes_the_batches_of_the_streams_that_it_is_asked_for() -> None:
    told = description("http://127.0.0.1:1", ["orders", "invoices"])
    assert list(told["paths"]) == ["/orders/batch", "/invoices/batch"]
    assert told["servers"] == [{"url": "http://127.0.0.1:1"}]
    assert set(told["components"]["schemas"]) == {"Asked", "Sale", "Bill"}


def test_what_an_order_has_of_its_sources_is_told_in_their_words() -> None:
    order = {
        "number": "order-1", "total": {"amount": "10.00", "currency": "BRL"},
        "customer": {"name": "Ana"},
        "invoices": [{"number": "bill-1", "status": "ISSUED", "total": {"amount": "9.00"}}],
        "fulfillmentOrders": [{"status": "OPEN", "location": {"code": "dc-1"}, "shipments": []}],
    }  # fmt: skip
    assert shared(order) == {
        "ref": "order-1", "total": "10.00", "customer": {"name": "Ana"},
        "invoices": [{"ref": "bill-1", "total": "9.00"}], "works": [{"location": "dc-1"}],
    }  # fmt: skip


def test_a_gateway_runs_with_its_engine_and_its_cache_unless_a_row_says_otherwise() -> None:
    dsn = "postgresql://localhost/x"
    tree = configuration(dsn, ACCOUNTS)
    assert (tree["engine"], tree["cache"]) == ({"enabled": True}, {"enabled": True})
    assert list(tree["channels"]) == ["market"]
    uncached = configuration(dsn, ACCOUNTS, sections=UNCACHED)
    assert uncached == {**tree, "cache": {"enabled": False}}


def test_every_comparison_with_a_peer_has_a_place_for_its_reason() -> None:
    asked = {f"{row} {title} / {peer}" for row in TARGETS for title, _, peer, _ in TARGETS[row]}
    assert asked <= set(REASONS)
