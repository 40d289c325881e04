"""The copies are as the configuration says, and what they do is told."""

from pathlib import Path
from typing import Any

from gateway.bootstrap.copying import CacheStanding, copies_of
from gateway.model.time import SystemClock
from gateway.settings import Settings, read_settings
from gateway.telemetry.meters import Meters


def settings(**cache: Any) -> Settings:
    tree = {"database": {"dsn": "postgresql://u:p@db/trama"}, "cache": cache}
    return read_settings(tree, {}, Path())


def test_there_are_copies_unless_the_configuration_wants_none() -> None:
    assert copies_of(None, settings(enabled=False), SystemClock()) is None
    copies = copies_of(None, settings(max_entries=2), SystemClock())
    assert copies is not None
    copies.cache._size_of = len
    for key in "abc":
        copies.cache.put(key, "12345")
    assert (len(copies.cache), copies.cache.bytes) == (2, 10)


def test_what_the_copies_do_is_told_at_the_moment_of_asking() -> None:
    copies = copies_of(None, settings(max_entries=1), SystemClock())
    assert copies is not None
    meters = Meters()
    meters.include(CacheStanding(copies))
    copies.hits, copies.misses, copies.aside = 7, 2, 3
    copies.cache._size_of = len
    copies.cache.put("a", "12345")
    copies.cache.put("b", "123456")
    told = set(meters.exposition("text/plain")[0].decode().splitlines())
    assert {
        'trama_cache_looks_total{outcome="HIT"} 7.0',
        'trama_cache_looks_total{outcome="MISS"} 2.0',
        'trama_cache_looks_total{outcome="ASIDE"} 3.0',
        "trama_cache_evictions_total 1.0",
        "trama_cache_entries 1.0",
        "trama_cache_bytes 6.0",
    } <= told
