"""The conformance kit on the connector, and its tier as it is kept beside the code."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.shiphero.connector import ShipHeroConnector
from gateway.connect.deadline import Deadline
from gateway.connect.protocols import Found
from gateway.connect.records import Unmappable
from gateway.connect.testing.kit import (
    RULES,
    Rule,
    Violation,
    find_subject,
    run_rules,
    scale_of,
    scale_path,
)
from gateway.model.stock import PositionRef, StockRecord

SUBJECT = find_subject("shiphero")


async def test_the_connector_keeps(connector_rule: Rule) -> None:
    await connector_rule.attempt(SUBJECT)


async def test_the_tier_that_is_kept_is_the_computed_one() -> None:
    computed = scale_of(SUBJECT, await run_rules(SUBJECT))
    assert scale_path("connectors.shiphero").read_text("utf-8") == computed.text()


class Dropping(ShipHeroConnector):
    """Takes a level that cannot be read for one that is not there."""

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> list[Found[StockRecord]]:
        found = await super().stock_levels(positions, deadline=deadline)
        return [None if isinstance(each, Unmappable) else each for each in found]


async def test_the_kit_finds_who_takes_what_it_cannot_read_for_nothing() -> None:
    broken = replace(SUBJECT, definition=replace(SUBJECT.definition, build=Dropping))
    with pytest.raises(Violation, match=r"stock_levels: .* the position is absent"):
        await RULES["K07"].attempt(broken)
