"""/metrics is for whoever watches the gateway: by loopback alone, or with its key."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.settings import SettingsInvalid, read_settings
from gateway.web.metrics import create_metrics_app
from tests.integration.web.serving import CONFIGURATION, ENVIRON, running

KEY = "canary-metrics-key-91b2"


def watched(**metrics: Any) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
    environ = {**ENVIRON, "METRICS_KEY": KEY}
    settings = read_settings({**CONFIGURATION, "metrics": metrics}, environ, Path())

    async def exposition(accept: str) -> tuple[bytes, str]:
        return f"told for {accept}".encode(), "text/plain"

    return running(create_metrics_app(settings.metrics, exposition))


@pytest.mark.parametrize("host", ["127.0.0.1:9464", "localhost", "[::1]:9464", "LOCALHOST:1"])
async def test_without_a_key_it_is_read_by_loopback(host: str) -> None:
    async with watched() as client:
        headers = {"Host": host, "Accept": "text/plain"}
        async with client.get("/metrics", headers=headers) as answer:
            assert (answer.status, await answer.text()) == (200, "told for text/plain")
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["rebound.example.com", "127.0.0.1.example.com", "", "["])
async def test_a_page_of_a_site_that_names_itself_loopback_reads_nothing(host: str) -> None:
    async with watched() as client:
        async with client.get("/metrics", headers={"Host": host}) as answer:
            assert answer.status == 403
            assert "told for" not in await answer.text()


@pytest.mark.parametrize(
    "told", [None, "", "Bearer", f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", KEY]
)
async def test_with_a_key_nobody_reads_it_without(told: str | None) -> None:
    async with watched(host="0.0.0.0", key={"env": "METRICS_KEY"}) as client:
        headers = {} if told is None else {"Authorization": told}
        async with client.get("/metrics", headers=headers) as answer:
            assert answer.status == 401
            assert "told for" not in await answer.text()


async def test_with_its_key_it_is_read_by_any_name() -> None:
    async with watched(host="0.0.0.0", key={"env": "METRICS_KEY"}) as client:
        headers = {"Authorization": f"Bearer {KEY}", "Host": "trama.internal"}
        async with client.get("/metrics", headers=headers) as answer:
            assert answer.status == 200
        async with client.post("/metrics", headers=headers) as answer:
            assert answer.status == 405
        async with client.get("/", headers=headers) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("metrics", "fault"),
    [
        ({"host": "0.0.0.0"}, "metrics: beyond loopback strangers could read it"),
        ({"key": {"env": "SHORT"}}, "metrics: the key is too short"),
        ({"key": KEY}, "metrics.key: a secret stands in the file"),
    ],
)
def test_a_configuration_that_shows_it_to_strangers_is_refused(
    metrics: dict[str, Any], fault: str
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings({**CONFIGURATION, "metrics": metrics}, {**ENVIRON, "SHORT": "short"}, Path())
    assert fault in str(refused.value)
    assert KEY not in str(refused.value)
