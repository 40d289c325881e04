"""Positions are read from Postgres' bytes as they were packed, those of many SKUs at once."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import orjson

from gateway.model.stock import available_to_promise
from gateway.projection.position_bytes import NOTHING, RECORD, SkuTold, read_sku, read_skus
from gateway.projection.position_columns import Position
from gateway.projection.positions import Dating, GroupRead, SellingGroup
from gateway.projection.unread import UnreadStock

SINCE = datetime(2000, 1, 1, 0, 0, 10, tzinfo=UTC)
MARK = SINCE + timedelta(seconds=50)
IDS = tuple(UUID(int=2**90 + 7 * n) for n in (3, 1, 2))
ORDER = tuple(each.bytes for each in IDS)
GROUP = GroupRead(
    SellingGroup(UUID(int=9), 0, "shape", ()), ("erp", "wms"), {"wms": Dating(SINCE, MARK)},
    {place: (rank, IDS[rank]) for rank, place in enumerate(ORDER)}, ORDER, IDS, "written",
)  # fmt: skip


def _packed(place: int, source: int, seconds: int, *told: int) -> bytes:
    return RECORD.pack(ORDER[place], source, *told, seconds * 10**6)


def _at(seconds: int) -> datetime:
    return SINCE + timedelta(seconds=seconds - 10)


A = SkuTold(_packed(2, 2, 20, 5, 1, NOTHING, 0, 0) + _packed(0, 1, 20, NOTHING, 0, 2, 1, 3), None)
B = SkuTold(
    b"".join(_packed(place, 2, 70, place - 1, NOTHING, NOTHING, 0, 0) for place in (0, 1, 2)),
    orjson.dumps({str(IDS[1]): [{"quantity": 4, "expected_on": "2026-12-01"}]}).decode(),
)
C = SkuTold(_packed(1, 2, 5, 8, 1, 2, 3, 1), None, (UnreadStock("wms", None, _at(6)),))
NONE = SkuTold(None, None)
READ_A = [
    Position(IDS[0], "erp", None, 0, 2, 1, 3, 0, None, _at(20), False, _at(20)),
    Position(IDS[2], "wms", 5, 1, None, 0, 0, 0, None, _at(20), False, MARK),
]
READ_B = [
    Position(IDS[0], "wms", -1, None, None, 0, 0, 0, None, _at(70), False, _at(70)),
    Position(IDS[1], "wms", 0, None, None, 0, 0, 4, date(2026, 12, 1), _at(70), False, _at(70)),
    Position(IDS[2], "wms", 1, None, None, 0, 0, 0, None, _at(70), False, _at(70)),
]
READ_C = [Position(IDS[1], "wms", 8, 1, 2, 3, 1, 0, None, _at(5), True, _at(5))]


def test_skus_that_are_read_together_are_read_as_each_by_itself() -> None:
    read = read_skus(GROUP, [A, NONE, B, C])
    assert [list(each.positions) for each in read] == [READ_A, [], READ_B, READ_C]
    assert [each.unread for each in read] == [(), (), (), C.unread]
    for told, expected in ((A, READ_A), (B, READ_B), (C, READ_C), (NONE, [])):
        assert list(read_sku(GROUP, told).positions) == expected


def test_rows_are_ranked_within_their_sku_in_whatever_order_all_are_told() -> None:
    orders = ((0, 1), (2, 0, 1), (2,))
    told = [
        SkuTold(b"".join(_packed(at, 2, 20, at, 0, 0, 0, 0) for at in order), None)
        for order in orders
    ]
    read = read_skus(GROUP, told)
    assert [[*each.positions.column("on_hand")] for each in read] == [[0, 1], [0, 1, 2], [2]]
    assert [[*each.positions.column("location_id")] for each in read] == [
        [IDS[0], IDS[1]], list(IDS), [IDS[2]],
    ]  # fmt: skip


def test_nothing_is_read_of_nothing() -> None:
    assert read_skus(GROUP, []) == []
    assert [list(each.positions) for each in read_skus(GROUP, [NONE])] == [[]]


def test_what_may_be_promised_is_told_with_each_position() -> None:
    for each in read_skus(GROUP, [A, B, C]):
        assert [*each.positions.column("available_to_promise")] == [
            available_to_promise(at.on_hand, at.committed, at.safety_stock, at.held, at.allocated)
            for at in each.positions
        ]


def test_positions_of_one_age_have_it_in_common() -> None:
    a, b = read_skus(GROUP, [A, B])
    assert (len(a.positions.ages), len(b.positions.ages)) == (2, 1)
    assert {id(each) for each in b.positions.column("age")} == {id(b.positions.ages[0])}


def test_what_is_kept_by_itself_is_without_what_was_read_with_it() -> None:
    a, b = read_skus(GROUP, [A, B])
    kept = b.positions.apart()
    assert (len(b.positions.read.column("age")), len(kept.read.column("age"))) == (5, 3)
    assert kept == b.positions
    assert kept.apart() is kept
    assert [*kept.column("as_of")] == [_at(70)] * 3
    assert a.positions != b.positions
