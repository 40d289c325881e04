"""The npm packages of partners' clients, installed once for all runs."""

import pytest

from gateway.web.graphiql.node import NodeFailed
from tests.integration.partners.stage import NODE
from tests.node import installed


@pytest.fixture(scope="session")
def packages() -> None:
    """The packages, where npm can reach a registry."""
    try:
        installed(NODE)
    except NodeFailed as failed:
        pytest.skip(f"the clients cannot be installed: {failed}: {failed.output[-400:]}")
    except OSError as error:
        pytest.skip(f"the clients cannot be kept: {error}")
