"""Which channels are told what they may sell: as configured, or every reason why not."""

from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import StartFailed
from gateway.bootstrap.publishing import published_channels
from gateway.bootstrap.sources import connect_sources
from gateway.model.time import SystemClock
from gateway.settings import Settings, read_settings
from gateway.sync.publishing import PublishedChannel

VTEX = {
    "connector": "vtex",
    "options": {"account": "a", "app_key": "k", "app_token": {"env": "TOKEN"}},
}
WMS = {"connector": "shiphero", "options": {"token": {"env": "TOKEN"}}}


def settings_of(vtex: dict[str, Any] | None = None, **sections: Any) -> Settings:
    channel = {"name": "Web", "source": "vtex", "availability": {"location": "w-1"}}
    tree = {
        "database": {"dsn": "postgresql://u:p@db/trama"},
        "sources": {"wms": WMS, "vtex": {**VTEX, **(vtex or {})}},
        "channels": {"web": channel},
        **sections,
    }
    return read_settings(tree, {"TOKEN": "a-token-that-is-long"}, Path())


def published(settings: Settings) -> list[PublishedChannel]:
    return published_channels(settings, connect_sources(settings, SystemClock()))


def test_a_channel_that_is_told_waits_for_all_stock_that_is_read() -> None:
    (channel,) = published(settings_of({"streams": ["orders"]}))
    assert (channel.code, channel.source.id, channel.location) == ("web", "vtex", "w-1")
    assert (channel.waits_for, channel.stream) == (("wms",), "publishing web")


def test_a_channel_that_is_switched_off_is_not_told() -> None:
    told = {"location": "w-1", "enabled": False}
    channel = {"name": "Web", "source": "vtex", "availability": told}
    assert published(settings_of(channels={"web": channel})) == []


def test_every_channel_that_cannot_be_told_is_named() -> None:
    mine = {"name": "Web", "source": "vtex", "availability": {"location": "w-1"}}
    warehouse = {"name": "Warehouse", "source": "wms", "availability": {"location": "dc"}}
    settings = settings_of(
        sources={"vtex": VTEX, "wms": WMS}, channels={"web": mine, "warehouse": warehouse}
    )
    with pytest.raises(StartFailed) as failed:
        published(settings)
    assert failed.value.faults == (
        "channels.web.availability: location w-1 is one of the group that is sold there, and vtex "
        "itself counts its stock: leave it out of the group, or leave stock out of "
        "sources.vtex.streams",
        "channels.warehouse.availability: shiphero cannot be told stock",
    )


def test_a_channel_beside_whose_stock_another_group_is_sold_may_be_told() -> None:
    group = {"online": {"name": "Online", "locations": ["dc-1"]}}
    settings = settings_of(sources={"vtex": VTEX, "wms": WMS}, location_groups=group)
    assert [each.code for each in published(settings)] == ["web"]
