"""The npm packages of the routers, installed once for all runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.web.graphiql.node import NodeFailed
from tests.integration.supergraph.routers import HERE
from tests.node import installed


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    """Apollo's and Hive's packages, where npm can reach a registry."""
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(installed, (HERE / "apollo", HERE / "hive")))
    except NodeFailed as failed:
        pytest.skip(f"the routers cannot be installed: {failed}: {failed.output[-400:]}")
    except OSError as error:
        pytest.skip(f"the routers cannot be kept: {error}")
