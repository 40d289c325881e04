"""A gateway as it is installed, with nothing but a storefront's key in a stranger's hands."""

from pathlib import Path

import aiohttp

from .processes import KEYS, gateway
from .stage import a_retailer, staged

ASKED = {"query": "{ viewer { kind } }"}


async def test_a_stranger_learns_nothing_of_the_schema_and_is_told_when_to_come_again(
    empty_database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(), empty_database, tmp_path) as stage:
        tree, environ = stage.configuration()
        del tree["server"]["introspection"]
        tree["limits"] = {"storefront": {"requests_per_second": 0.001, "burst": 5}}
        async with gateway(tree, environ, stage.folder, "--no-worker") as running:
            for query, told in (
                ("{ __schema { types { name } } }", "introspection has been disabled"),
                ("{ viewr { kind } }", "Cannot query field 'viewr' on type 'Query'."),
            ):
                errors = (await running.ask(query, kind="storefront"))["errors"]
                assert told in errors[0]["message"]
                assert "Did you mean" not in str(errors)
            async with aiohttp.ClientSession(running.url) as client:
                for page in ("/", "/graphiql", "/docs"):
                    async with client.get(page) as answer:
                        assert answer.status == 404
                async with client.get("/graphql", headers={"Accept": "text/html"}) as answer:
                    assert answer.status == 401
                statuses = [await _asked(client, "storefront") for _ in range(5)]
                assert statuses == [200, 200, 200, 429, 429]
                assert await _asked(client, "operator") == 200


async def _asked(client: aiohttp.ClientSession, kind: str) -> int:
    headers = {"X-Api-Key": KEYS[kind]}
    async with client.post("/graphql", json=ASKED, headers=headers) as answer:
        await answer.read()
        return answer.status
