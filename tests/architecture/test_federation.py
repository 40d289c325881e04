"""What is said of Trama as a subgraph is so: its tables, its docs, what its tests install."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema
from typer.testing import CliRunner

from gateway.cli import app
from gateway.graph.entities import KEYS, MOST
from gateway.graph.schema import schema_text
from gateway.graph.sdl import INACCESSIBLE, VALUES
from gateway.settings import read_settings

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "federation.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PACKAGES = ROOT / "tests" / "integration" / "supergraph"
SCHEMA = build_schema(schema_text())
SECRETS = {
    "DATABASE_URL": "postgresql://trama@db.example/trama",
    "VTEX_APP_TOKEN": "a-token",
    "SHIPHERO_TOKEN": "a-token",
    "TRAMA_ROUTER_KEY": "a-router-key-of-the-test",
}


def test_every_entity_value_and_hidden_field_is_there() -> None:
    for name in KEYS.keys() | VALUES:
        assert isinstance(SCHEMA.type_map[name], GraphQLObjectType)
    for name, key in KEYS.items():
        assert key in getattr(SCHEMA.type_map[name], "fields", {})
    for name, field in INACCESSIBLE:
        assert field in getattr(SCHEMA.type_map[name], "fields", {})


def test_the_docs_name_the_entities_the_values_and_the_bounds() -> None:
    opening = DOCS.partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", opening))
    assert named == KEYS.keys() | VALUES | set(KEYS.values()) | {
        "node", "nodes", "BAD_REQUEST",
    }  # fmt: skip
    assert MOST == {"Order": 100, "Customer": 100, "Location": 100, "InventoryItem": 200}
    assert "at most 100 of a type and 200 items" in opening


def test_every_router_is_told_to_hand_the_same_headers_on() -> None:
    table = re.findall(r"^\| (`[^|]*`) \|", DOCS, re.MULTILINE)
    told = [name for row in table for name in re.findall(r"`([\w-]+)`", row)]
    lists = re.findall(r"HANDED_ON = \[(.*?)\]", DOCS)
    assert [re.findall(r"'([\w-]+)'", each) for each in lists] == [told, told]
    assert re.findall(r"propagate: \{ named: ([\w-]+) \}", DOCS) == told


def test_the_configuration_of_the_docs_is_one_and_tells_the_subgraph(tmp_path: Path) -> None:
    (least,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    text = "\n".join([least, *re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)])
    (tmp_path / "trama.toml").write_text(text, "utf-8")
    settings = read_settings(tomllib.loads(text), SECRETS, tmp_path)
    assert [key.id for key in settings.keys if key.kind == "router"] == ["router"]
    asked = ["schema", "--subgraph", "-c", str(tmp_path / "trama.toml")]
    told = CliRunner().invoke(app, asked, env=SECRETS)
    assert (told.exit_code, told.exception) == (0, None)
    assert '\ntype TramaOrder implements TramaNode @key(fields: "id") @requires' in told.output


@pytest.mark.parametrize("package", ["apollo", "hive"])
def test_a_lock_pins_by_hash_and_names_no_registry(package: str) -> None:
    lock = json.loads((PACKAGES / package / "package-lock.json").read_text("utf-8"))
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert [name for name, told in packages.items() if "integrity" not in told] == []
    assert [name for name, told in packages.items() if "resolved" in told] == []
