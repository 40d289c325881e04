"""The reference of settings, and the words that it shares with the rest of the house."""

from pathlib import Path
from typing import get_args

from gateway.connect.manifest import Role
from gateway.model.principal import PrincipalKind, Scope
from gateway.settings import describe_settings, render_settings
from gateway.settings.access import KeyKind, ScopeName
from gateway.settings.sources import RoleName
from gateway.web.scopes import DEFAULT_SCOPES

ROWS = {row.key: row for row in describe_settings()}


def test_every_setting_has_a_row_that_says_what_it_means() -> None:
    assert len(ROWS) == len(describe_settings())
    assert [row.key for row in describe_settings() if not row.meaning or not row.type] == []


def test_rows_tell_type_and_default() -> None:
    told = {
        key: (ROWS[key].type, ROWS[key].default)
        for key in (
            "server.port",
            "server.graphiql",
            "server.trusted_proxies",
            "database.dsn",
            "log.format",
            "sources.<id>.connector",
            "sources.<id>.limits.burst",
            "sources.<id>.options",
            "keys.<n>.allowed_origins",
            "customers.algorithms",
        )
    }
    assert told == {
        "server.port": ("integer", "`8000`"),
        "server.graphiql": ("true or false", "`false`"),
        "server.trusted_proxies": ("list of network", "`[]`"),
        "database.dsn": ("secret", ""),
        "log.format": ("`json`, `console`", "`json`"),
        "sources.<id>.connector": ("text", "required"),
        "sources.<id>.limits.burst": ("integer", ""),
        "sources.<id>.options": ("table", ""),
        "keys.<n>.allowed_origins": ("list of text", "`[]`"),
        "customers.algorithms": (
            "list of " + ", ".join(f"`{x}S{n}`" for x in "RPE" for n in (256, 384, 512)),
            "`['RS256', 'ES256']`",
        ),
    }


def test_the_document_is_in_step() -> None:
    document = Path(__file__).parents[3] / "docs" / "configuration.md"
    assert document.read_text() == render_settings()


def test_words_are_those_of_the_model() -> None:
    assert set(get_args(ScopeName)) == {scope.value for scope in Scope}
    assert set(get_args(RoleName)) == {role.value for role in Role}
    assert {kind.upper() for kind in get_args(KeyKind)} < set(PrincipalKind)
    assert set(DEFAULT_SCOPES) == set(PrincipalKind)
