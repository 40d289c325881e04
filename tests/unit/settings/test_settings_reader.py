"""One reader: the file, the environment, secrets by reference, every fault at once."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings, SettingsInvalid, load_settings, read_settings

DATABASE = {"dsn": "postgresql://u:p@db/trama"}
PARTNER = {"id": "p", "kind": "partner", "channels": ["web"]}
CHANNEL = {"web": {"name": "Web", "source": "shop"}}
SOURCE = {"shop": {"connector": "any"}}


def read(environ: dict[str, str] | None = None, **sections: Any) -> Settings:
    return read_settings({"database": DATABASE, **sections}, environ or {}, Path())


def faults(environ: dict[str, str] | None = None, **sections: Any) -> list[str]:
    with pytest.raises(SettingsInvalid) as caught:
        read(environ, **sections)
    return [str(fault) for fault in caught.value.faults]


def test_the_least_configuration_is_a_database() -> None:
    settings = read()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.freshness.deadline_seconds == 2.5
    assert (settings.sources, settings.keys, settings.customers) == ({}, (), None)


def test_freshness_has_a_default_for_each_kind_of_data() -> None:
    defaults = read().freshness.defaults
    assert {
        kind: (rule.max_age_seconds, rule.on_stale)
        for kind, rule in (
            ("availability", defaults.availability),
            ("inventory_item", defaults.inventory_item),
            ("order", defaults.order),
            ("customer", defaults.customer),
        )
    } == {
        "availability": (120, "SERVE"),
        "inventory_item": (30, "REFRESH_OR_SERVE"),
        "order": (300, "REFRESH_OR_SERVE"),
        "customer": (900, "REFRESH_OR_SERVE"),
    }
    floors = read().freshness.floors
    assert (floors.storefront, floors.customer, floors.partner, floors.operator) == (30, 10, 5, 0)


def test_a_cache_that_could_never_keep_up_is_a_fault() -> None:
    seldom = {"poll_seconds": 2}
    assert faults(events=seldom) == [
        "trama.toml: cache.max_lag_seconds is not above events.poll_seconds, so nothing that is "
        "kept would be used; raise it, or write cache.enabled = false"
    ]
    assert read(events=seldom, cache={"enabled": False}).events.poll_seconds == 2
    assert read(events=seldom, cache={"max_lag_seconds": 2.5}).cache.enabled is True


def test_what_is_set_of_a_rule_leaves_the_rest_as_it_was() -> None:
    changed = read(freshness={"defaults": {"availability": {"max_age_seconds": 5}}})
    rule = changed.freshness.defaults.availability
    assert (rule.max_age_seconds, rule.on_stale) == (5, "SERVE")


def test_a_file_is_read_and_its_paths_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("external_id,sku,units_per\n")
    (tmp_path / "token").write_text("file-secret\n")
    (tmp_path / "trama.toml").write_text(
        """
        [database]
        embedded = true
        [sources.shop]
        connector = "any"
        item_map_file = "items.csv"
        options = { token = { file = "token" }, deep = [{ key = { env = "SHOP_KEY" } }] }
        """
    )
    settings = load_settings(tmp_path / "trama.toml", {"SHOP_KEY": "env-secret"})
    shop = settings.sources["shop"]
    assert shop.item_map_file == (tmp_path / "items.csv").resolve()
    assert settings.database.data_dir == (tmp_path / ".trama").resolve()
    assert shop.options.get_secret_value() == {
        "token": "file-secret",
        "deep": [{"key": "env-secret"}],
    }


def test_without_a_file_the_environment_is_enough() -> None:
    environ = {
        "TRAMA_DATABASE__DSN": "postgresql://db/trama",
        "TRAMA_SERVER__PORT": "0",
        "TRAMA_SERVER__GRAPHIQL": "true",
        "TRAMA_SERVER__ALLOWED_ORIGINS": '["https://a.example"]',
        "TRAMA_OTHER": "not ours to read",
    }
    settings = load_settings(None, environ)
    assert (settings.server.port, settings.server.graphiql) == (0, True)
    assert settings.server.allowed_origins == ("https://a.example",)


@pytest.mark.parametrize("told", [0, 257, "many", 1.5, True, []])
def test_what_is_no_number_of_processes_is_refused_in_one_line(told: Any) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(server={"workers": told})
    assert [str(each) for each in refused.value.faults] == [
        "server.workers: write a number from 1 to 256, or auto"
    ]


def test_processes_are_a_number_or_as_many_as_there_are_cores() -> None:
    assert [read(server={"workers": told}).server.workers for told in (3, "3", "auto")] == [
        3, 3, "auto",
    ]  # fmt: skip


def test_the_environment_replaces_what_the_file_says() -> None:
    sources = {"shop-br": {"connector": "any", "poll_seconds": 60}}
    settings = read({"TRAMA_SOURCES__SHOP_BR__POLL_SECONDS": "5"}, sources=sources)
    assert settings.sources["shop-br"].poll_seconds == 5


def test_what_is_read_does_not_change_what_was_given() -> None:
    values = {"database": dict(DATABASE), "server": {"port": 1}}
    read_settings(values, {"TRAMA_SERVER__PORT": "2"}, Path())
    assert values == {"database": DATABASE, "server": {"port": 1}}


def test_every_fault_is_listed_at_once_with_what_to_do() -> None:
    told = faults(
        {"TRAMA_SERVER__PORT": "many", "TRAMA_SERVER__X__Y": "1"},
        server={"hots": "a", "trusted_proxies": ["home"], "allowed_origins": ["*"]},
        database={"dsn": {"env": "DATABASE_URL"}, "pool_max": 0},
        freshness={"defaults": {"order": {"on_stale": "GUESS"}}},
        sources={"shop": {"connector": "any", "options": {"k": {"file": "nowhere"}}}},
        channels={"web": {"name": "Web", "source": "shpo"}},
        srever={},
    )
    assert told == [
        "channels.web.source: no such source; there are: shop",
        "database.dsn: set the environment variable DATABASE_URL",
        "database.pool_max: should be greater than or equal to 1",
        "freshness.defaults.order.on_stale: should be 'REFRESH_OR_SERVE', 'REFRESH_OR_FAIL', "
        "'SERVE' or 'FAIL'",
        "server.allowed_origins[0]: write an origin such as https://shop.example.com: no path, "
        "no wildcard",
        "server.hots: unknown key; did you mean host?",
        "server.port: should be a valid integer, unable to parse string as an integer",
        "server.trusted_proxies[0]: write a network such as 10.0.0.0/8 or an address",
        "server.x: unknown key; remove it; there are: host, port, workers, public_url, "
        "max_body_bytes, max_delivery_bytes, body_timeout_seconds, "
        "require_preflight_header_for_get, graphiql, introspection, allowed_origins, "
        "trusted_proxies, shutdown_seconds, silent_seconds",
        "sources.shop.options.k: cannot read nowhere as text; put the secret there",
        "srever: unknown key; did you mean server?",
    ]


def test_the_text_of_the_error_is_one_line_a_fault() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(server={"a": 1, "b": 2})
    lines = str(caught.value).splitlines()
    assert lines[0] == "the configuration has 2 faults:"
    assert [line.split(":")[0] for line in lines[1:]] == ["server.a", "server.b"]


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ({"database": {}}, "database: give dsn, e.g. "),
        ({"database": {**DATABASE, "embedded": True}}, "database: give either dsn or embedded"),
        ({"database": {"dsn": "mysql://x"}}, "database.dsn: write postgresql://"),
        ({"database": {**DATABASE, "pool_min": 11}}, "database: pool_min is above pool_max"),
        ({"sources": {"Shop": {"connector": "x"}}}, "sources.Shop: String should match"),
        ({"sources": {"shop": {}}}, "sources.shop.connector: required; add it"),
        ({"sources": {"shop": {"connector": "x", "streams": ["all"]}}}, "sources.shop.streams[0]"),
        ({"sources": {"shop": {"connector": "x", "item_map_file": "no.csv"}}}, "sources.shop.item"),
        ({"sources": 7}, "sources: should be a valid dictionary"),
        ({"keys": [{"id": "a", "kind": "operator"}]}, "keys[0]: give either key, e.g. "),
        ({"keys": [{**PARTNER, "sha256": "AB"}]}, "keys[0].channels[0]: no such channel; none"),
        ({"keys": [{"id": "a", "kind": "partner", "sha256": "0" * 64}]}, "keys[0]: a partner reac"),
        ({"keys": [{"id": "a", "kind": "storefront", "key": "short"}]}, "keys[0]: the key is too"),
        (
            {"keys": [{"id": "a", "kind": "operator", "key": "in-the-file-0123456789"}]},
            "keys[0].key: a secret stands in the file",
        ),
        (
            {"keys": [{"id": "a", "kind": "operator", "sha256": "0" * 64, "scopes": ["all"]}]},
            "keys[0].scopes[0]: should be 'availability:read'",
        ),
        ({"customers": {}}, "customers.audience: required; add it"),
        (
            {"customers": {"issuer": "i", "audience": "a", "jwks_url": "http://id.example.com"}},
            "customers.jwks_url: use https",
        ),
        (
            {
                "customers": {
                    "issuer": "i",
                    "audience": "a",
                    "jwks_url": "https://i",
                    "algorithms": ["HS256"],
                }
            },
            "customers.algorithms[0]: should be 'RS256'",
        ),
        ({"server": {"public_url": "trama.example.com"}}, "server.public_url: write an absolute"),
        ({"server": {"port": 65536}}, "server.port: should be less than or equal to 65535"),
        ({"log": {"level": "LOUD"}}, "log.level: should be 'DEBUG'"),
        ({"federation": {"prefix": "a b"}}, "federation.prefix: write at most 20 letters"),
        ({"freshness": {"deadline_seconds": float("inf")}}, "freshness.deadline_seconds: should"),
        (
            {"location_groups": {"g": {"name": "G", "locations": []}}},
            "location_groups.g.locations: Tuple should have at least 1",
        ),
    ],
)
def test_a_fault_says_where_it_is(sections: dict[str, Any], fault: str) -> None:
    assert [told for told in faults(**sections) if told.startswith(fault)] != []


def test_two_keys_are_told_apart_by_id_and_text() -> None:
    same = {"key": {"env": "K"}, "kind": "operator"}
    told = faults({"K": "one-long-random-key"}, keys=[{"id": "a", **same}, {"id": "b", **same}])
    assert told == [
        "keys[0]: two keys are the same text; give each its own",
        "keys[1]: two keys are the same text; give each its own",
    ]
    other = {"kind": "operator", "key": {"env": "L"}, "id": "a"}
    environ = {"K": "one-long-random-key", "L": "another-long-random-key"}
    assert faults(environ, keys=[{"id": "a", **same}, other]) == [
        "keys[0].id: two keys have this id; give each its own",
        "keys[1].id: two keys have this id; give each its own",
    ]


@pytest.mark.parametrize("text", ["", "a\x00b"])
def test_a_referenced_secret_is_text(text: str) -> None:
    told = faults({"DSN": text}, database={"dsn": {"env": "DSN"}})
    assert told == ["database.dsn: the referenced text is empty or binary; put text there"]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[server\n")
    for path, reason in (
        (tmp_path / "none.toml", "No such file or directory; name a readable file"),
        (broken, "not valid TOML: "),
    ):
        with pytest.raises(SettingsInvalid, match=re.escape(f"{path}: {reason}")):
            load_settings(path, {})


def test_no_value_is_ever_shown() -> None:
    canary = "canary-0123456789abcdef"
    environ = {"CANARY": canary, "TRAMA_SERVER__PORT": canary}
    keys = [{"id": "k", "kind": "operator", "key": {"env": "CANARY"}}]
    options = {"token": {"env": "CANARY"}, "plain": canary}
    sections: dict[str, Any] = {
        "database": {"dsn": f"postgresql://u:{canary}@db/x"},
        "keys": keys,
        "channels": CHANNEL,
        "sources": {"shop": {"connector": "any", "options": options}},
    }
    assert canary not in "".join(faults(environ, **sections))
    assert canary not in "".join(faults(**{**sections, "database": {"dsn": canary}}))
    del environ["TRAMA_SERVER__PORT"]
    settings = read(environ, **sections)
    assert canary not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.secret_texts() == {canary, f"postgresql://u:{canary}@db/x"}


def test_publishable_keys_and_short_texts_are_not_masked() -> None:
    keys = [{"id": "s", "kind": "storefront", "key": "pk_0123456789abcdef"}]
    assert read({"PORT": "8000"}, keys=keys, server={"port": {"env": "PORT"}}).secret_texts() == {
        "postgresql://u:p@db/trama"
    }


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().server.port = 1


def test_a_channel_is_told_what_it_may_sell_by_usual_rules() -> None:
    channel = {**CHANNEL["web"], "availability": {"location": "w-1"}}
    told = read(sources=SOURCE, channels={"web": channel}).channels["web"].availability
    assert told is not None
    assert (told.enabled, told.group, told.threshold_units) == (True, None, 0)
    assert (told.debounce_seconds, told.compare_seconds) == (5, 86_400)
    assert told.zero_after_unknown_seconds is None


def test_what_is_wrong_with_telling_channels_is_told_at_once() -> None:
    first = {**CHANNEL["web"], "availability": {"location": "w-1", "group": "nowhere"}}
    second = {**CHANNEL["web"], "availability": {"location": "w-1", "threshold_units": -1}}
    third = {**CHANNEL["web"], "availability": {}}
    group = {"online": {"name": "Online", "locations": ["*"]}}
    told = faults(
        sources=SOURCE, location_groups=group, channels={"a": first, "b": second, "c": third}
    )
    twice = "two channels are told at this location; give each its own"
    assert told == [
        "channels.a.availability.group: no such group; there are: online",
        f"channels.a.availability.location: {twice}",
        f"channels.b.availability.location: {twice}",
        "channels.b.availability.threshold_units: should be greater than or equal to 0",
        "channels.c.availability.location: required; add it",
    ]
