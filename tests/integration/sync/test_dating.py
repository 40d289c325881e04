"""What sources say again is dated behind whoever asked: never waited for, and nothing is lost."""

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

from gateway.connect.records import Mapped
from gateway.sync.apply import Applier
from gateway.sync.chunks import Applied
from tests.integration.four_sources import Stage
from tests.integration.statements import counting

from .vendors import asked, row_of, source_of

MARKET = ("market", "orders")
EVERY = "SELECT order_id AS id FROM external_ref"


class Applying:
    """An applier of its own, and what it counts."""

    def __init__(self, stage: Stage) -> None:
        self.counted: Counter[str] = Counter()
        self.stage = stage
        self.applier = Applier(
            stage.gateway.pool, stage.gateway.sources, stage.gateway.clock, on_applied=self._count
        )

    def _count(self, source_id: str, stream: str, applied: Applied) -> None:
        self.counted[f"{source_id} {stream}"] += applied.written

    async def settled(self) -> None:
        """Wait until every order is dated."""
        rows = await self.stage.gateway.pool.fetch(EVERY)
        await self.applier.settled({row["id"] for row in rows})

    async def tell(self, told: "list[Mapped[Any]]", keys: "list[str]", *meanwhile: str) -> Applied:
        """Let the channel tell what it was asked for; others do something meanwhile."""
        source = source_of(self.stage, "market")
        expected = await self.applier.expect(source, "orders", keys)
        for statement in meanwhile:
            await self.stage.gateway.pool.execute(statement)
        return await self.applier.apply(source, "orders", told, expected=expected)


async def test_whoever_asked_is_answered_before_anything_is_dated(stage: Stage) -> None:
    applying = Applying(stage)
    keys, told = await asked(stage, *MARKET)
    before = await row_of(stage, "sales_order", keys[0])
    async with counting(stage.gateway.pool) as statements:
        applied = await applying.tell(told, keys)
        assert not [each for each in statements if "UPDATE" in each or each.startswith("WITH told")]
    assert (applied.written, set(applied.confirmed)) == (3, set(keys))
    await applying.applier.settled({UUID(int=0)})
    assert applying.counted == {}, "that is no concern of theirs"
    await applying.settled()
    after = await row_of(stage, "sales_order", keys[0])
    assert dict(after) == {**before, "observed_at": told[0].record.observed_at}
    assert applying.counted == {"market orders": 3}


async def test_what_waits_is_dated_by_one_statement_when_the_gateway_closes(stage: Stage) -> None:
    applying = Applying(stage)
    keys, told = await asked(stage, *MARKET)
    await applying.tell(told[:1], keys)
    _, again = await asked(stage, *MARKET)
    expected = await applying.applier.expect(source_of(stage, "market"), "orders", keys)
    async with counting(stage.gateway.pool) as statements:
        for each in again:
            await applying.applier.apply(
                source_of(stage, "market"), "orders", [each], expected=expected
            )
        await applying.applier.close()
    assert [count for each, count in statements.items() if each.startswith("WITH told")] == [1]
    for ref, each in zip(keys, again, strict=True):
        row = await row_of(stage, "sales_order", ref)
        assert row["observed_at"] == each.record.observed_at


async def test_what_others_have_written_meanwhile_is_written_whole(stage: Stage) -> None:
    """An older truth came in after the source was asked: what the source said is newer."""
    applying = Applying(stage)
    keys, told = await asked(stage, *MARKET)
    older = f"UPDATE sales_order SET native_status = 'older' WHERE ref = '{keys[0]}'"
    await applying.tell(told, keys, older)
    await applying.settled()
    for ref, each in zip(keys, told, strict=True):
        row = await row_of(stage, "sales_order", ref)
        assert (row["native_status"], row["observed_at"]) == (
            each.record.native_status, each.record.observed_at,
        )  # fmt: skip
    assert applying.counted == {"market orders": 3}


async def test_a_record_that_postgres_refuses_spoils_no_other(stage: Stage) -> None:
    applying = Applying(stage)
    keys, (broken, *sound) = await asked(stage, *MARKET)
    beyond = replace(broken, record=replace(broken.record, version=2**63))
    await applying.tell([beyond, *sound], keys)
    await applying.settled()
    waiting = await stage.gateway.pool.fetch("SELECT ref, code FROM quarantine")
    assert [tuple(row) for row in waiting] == [(keys[0], "UNSTORABLE")]
    for ref, each in zip(keys[1:], sound, strict=True):
        row = await row_of(stage, "sales_order", ref)
        assert row["observed_at"] == each.record.observed_at


async def test_dates_that_are_lost_with_the_database_are_only_older(stage: Stage) -> None:
    applying = Applying(stage)
    keys, told = await asked(stage, *MARKET)
    before = await row_of(stage, "sales_order", keys[0])
    await applying.tell(told, keys, "ALTER TABLE sales_order RENAME TO away")
    await applying.settled()
    await stage.gateway.pool.execute("ALTER TABLE away RENAME TO sales_order")
    assert await row_of(stage, "sales_order", keys[0]) == before
    assert (await applying.tell(told, keys)).written == 3
    await applying.applier.close()
    after = await row_of(stage, "sales_order", keys[0])
    assert after["observed_at"] == told[0].record.observed_at
