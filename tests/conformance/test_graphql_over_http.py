"""A served gateway passes every audit of `graphql-http`, the reference for GraphQL over HTTP.

Its requests get a key and the preflight header, without which a GET is refused; some ask about the
schema, which is not answered unless it is allowed.
"""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from gateway.web.graphiql.node import NodeFailed, run_node, run_npm
from tests.integration.graph.stage import KEYS, staged

PACKAGE = Path(__file__).parent / "audits"


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the audits, with what npm fetched for them."""
    folder = tmp_path_factory.mktemp("audits") / "audits"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("node_modules"))
    try:
        run_npm(("ci", "--ignore-scripts", "--no-audit", "--no-fund"), folder, 300)
    except NodeFailed as failed:
        pytest.skip(f"the audits could not be fetched: {failed}: {failed.output[-400:]}")
    return folder


async def test_all_61_audits_are_ok(audits: Path, database: str) -> None:
    told = audits / "results.json"
    async with staged(database, server={"introspection": True}) as stage:
        arguments = ("audit.mjs", f"{stage.url}/graphql", KEYS["operator"], str(told))
        await asyncio.to_thread(run_node, arguments, audits, 120)
    results = json.loads(told.read_text("utf-8"))
    assert [each for each in results if each["status"] != "ok"] == []
    assert len({each["id"] for each in results}) == 61
