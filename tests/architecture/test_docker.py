"""The container files hold what they promise; no engine is needed to see it."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import load_settings

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
SERVICES = ("postgres", "migrate", "gateway", "worker")
OURS = SERVICES[1:]


def instructions() -> list[tuple[str, str]]:
    """Answer the Dockerfile's instructions, each on one line."""
    text = (DOCKER / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    words = [line.strip().split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name.upper(), rest) for name, rest in words]


def last_stage() -> list[tuple[str, str]]:
    told = instructions()
    start = max(at for at, (name, _) in enumerate(told) if name == "FROM")
    return told[start:]


def composition() -> dict[str, Any]:
    """Read compose.yaml: block mappings, block lists of scalars, and scalars; all that is in it."""
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    tree, rest = block(lines, 0)
    assert isinstance(tree, dict)
    assert rest == []
    return tree


def block(lines: list[str], depth: int) -> tuple[Any, list[str]]:
    if lines[0].startswith(" " * depth + "- "):
        items = 0
        while items < len(lines) and lines[items].startswith(" " * depth + "- "):
            items += 1
        return [line.strip()[2:] for line in lines[:items]], lines[items:]
    tree: dict[str, Any] = {}
    while lines and indent(lines[0]) == depth:
        key, _, scalar = lines.pop(0).strip().partition(":")
        tree[key] = scalar.strip() or None
        if tree[key] is None and lines and indent(lines[0]) > depth:
            tree[key], lines = block(lines, indent(lines[0]))
    return tree, lines


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def environment(name: str) -> dict[str, str]:
    lines = (DOCKER / name).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_base_is_pinned_by_version() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert bases == ["python:3.13.9-slim-trixie"] * 2
    images = {name: composition()["services"][name]["image"] for name in SERVICES}
    assert images == {"postgres": "postgres:18", **dict.fromkeys(OURS, "trama:local")}


def test_the_image_runs_as_a_user_without_rights() -> None:
    users = [rest for name, rest in last_stage() if name == "USER"]
    assert users[-1:] == ["10001:10001"]
    after = [name for name, _ in last_stage()][[n for n, _ in last_stage()].index("USER") :]
    assert set(after) <= {"USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def test_the_image_starts_the_gateway_and_looks_after_it() -> None:
    told = dict(last_stage())
    assert told["ENTRYPOINT"] == '["trama"]'
    assert told["CMD"] == '["serve", "-c", "/etc/trama/trama.toml"]'
    assert "/healthz" in told["HEALTHCHECK"]


def test_everything_that_is_copied_exists_and_reaches_the_builder() -> None:
    copied = [shlex.split(rest) for name, rest in instructions() if name == "COPY"]
    sources = [word for words in copied for word in words[:-1] if "--from=build" not in words]
    assert sorted(sources) == sorted(
        ["requirements.lock", "pyproject.toml", "README.md", "LICENSE", "gateway", "connectors"]
    )
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignore = (DOCKER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in ignore if line.startswith("!")} == set(sources)
    assert "*" in ignore


def test_dependencies_come_as_wheels_by_hash() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "requirements" in rest]
    assert installs == [
        "/opt/trama/bin/pip install --only-binary=:all: --require-hashes -r requirements.lock"
    ]
    assert not re.search(r"\b(apt-get|apk|gcc|build-essential)\b", str(instructions()))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_cannot_write_its_root_nor_gain_rights(name: str) -> None:
    service = composition()["services"][name]
    assert service["read_only"] == "true"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service.get("cap_drop") == (None if name == "postgres" else ["ALL"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_composition(name: str) -> None:
    service = composition()["services"][name]
    file = service["env_file"]
    assert file == ("postgres.env" if name == "postgres" else "trama.env")
    assert "environment" not in service
    assert (DOCKER / f"{file}.example").is_file()


def test_migrations_run_before_the_gateway_and_the_worker() -> None:
    services = composition()["services"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    done = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["gateway"]["depends_on"] == done
    assert services["worker"]["depends_on"] == done
    commands = {name: services[name]["command"].split('"')[1] for name in OURS}
    assert commands == {"migrate": "migrate", "gateway": "serve", "worker": "worker"}


def test_what_serves_is_asked_for_its_health() -> None:
    services = composition()["services"]
    assert "pg_isready" in services["postgres"]["healthcheck"]["test"]
    assert "/readyz" in services["gateway"]["healthcheck"]["test"]
    assert services["gateway"]["ports"] == ['"127.0.0.1:8000:8000"']


def test_the_example_configuration_is_accepted_with_the_example_environment() -> None:
    environ = {
        **environment("trama.env.example"),
        "VTEX_ACCOUNT": "shop",
        "VTEX_APP_KEY": "key",
        "VTEX_APP_TOKEN": "token",
    }
    settings = load_settings(DOCKER / "trama.toml", environ)
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8000)
    assert settings.server.graphiql is False
    assert settings.server.introspection is False
    assert set(settings.sources) == {"vtex"}
    assert settings.database.dsn is not None


def test_the_example_names_the_database_that_the_example_postgres_makes() -> None:
    postgres = environment("postgres.env.example")
    user, password = postgres["POSTGRES_USER"], postgres["POSTGRES_PASSWORD"]
    expected = f"postgresql://{user}:{password}@postgres:5432/{postgres['POSTGRES_DB']}"
    assert environment("trama.env.example")["DATABASE_URL"] == expected
