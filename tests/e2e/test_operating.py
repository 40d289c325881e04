"""Commands for whoever runs a gateway: check, migrate, replay."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from gateway.connect.testing.dataset import DataLine

from .processes import ROOT, toml, until
from .stage import Stage, a_retailer, an_order, everything_read, staged


async def _trama(stage: Stage, *arguments: str) -> tuple[int | None, str]:
    tree, environ = stage.configuration()
    path = stage.folder / "trama-command.toml"
    path.write_text(toml(tree), "utf-8")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, "-c", str(path),
        env={**os.environ, **environ, "COLUMNS": "200"}, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await running.communicate()
    return running.returncode, told.decode()


async def test_check_says_what_the_database_and_each_source_answer(
    database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(), database, tmp_path) as stage:
        code, told = await _trama(stage, "check")
        assert code == 0
        assert "reached, at this version's tables" in told
        assert "VTEX account sandbox" in told
        assert "ShipHero account" in told
        assert "1 serving, with up to 11 of the database's" in told
        await stage.warehouse.process.kill()
        code, told = await _trama(stage, "check")
        assert (code, "UNREACHABLE" in told, "VTEX account sandbox" in told) == (1, True, True)


async def test_an_empty_database_is_migrated_by_the_command_and_not_served_before(
    database: str, empty_database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(), database, tmp_path) as migrated:
        stage = replace(migrated, dsn=empty_database)
        code, told = await _trama(stage, "serve")
        assert (code, "migrations are missing; run `trama migrate` first" in told) == (1, True)
        code, told = await _trama(stage, "check")
        assert (code, "reached, at this version's tables" in told) == (1, False)
        code, told = await _trama(stage, "migrate")
        assert (code, "The database is at revision" in told) == (0, True)
        code, told = await _trama(stage, "check")
        assert (code, "reached, at this version's tables" in told) == (0, True)


async def test_replay_applies_what_maps_by_now(database: str, tmp_path: Path) -> None:
    slow = {"vtex": {"poll_seconds": 3600}}
    orders = [an_order(1), an_order(2, is_broken=True)]
    async with staged(a_retailer(*orders), database, tmp_path, slow) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
        code, told = await _trama(stage, "replay", "vtex")
        assert (code, told.splitlines()[-1]) == (0, "1 tried, 0 applied, 1 remain")
        code, told = await _trama(stage, "quarantine", "vtex")
        assert code == 0
        assert "2-01" in told
        assert "MALFORMED_PAYLOAD" in told
        assert told.splitlines()[-1] == "1 records"
        code, told = await _trama(stage, "replay", "nobody")
        assert (code, "There is no source nobody; there are: vtex, shiphero" in told) == (2, True)


async def test_an_item_is_mapped_by_hand_and_what_waited_for_it_is_applied(
    database: str, tmp_path: Path
) -> None:
    line = DataLine("GIFT", 1, "10.50", "3.25", "store-1")
    waiting = an_order(1, lines=(line,), paid="13.75")
    async with staged(a_retailer(waiting), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            listed = "{ orders(first: 1) { totalCount nodes { lines { sku quantity } } } }"
            assert (await running.data(listed))["orders"]["totalCount"] == 0
            code, told = await _trama(stage, "map", "vtex", "GIFT", "SKU-1", "--units", "2")
            assert (code, told.splitlines()[-1]) == (0, "vtex: GIFT is 2 of SKU-1")

            async def is_applied() -> bool:
                return bool((await running.data(listed))["orders"]["totalCount"] == 1)

            await until("the order is applied", is_applied)
            (order,) = (await running.data(listed))["orders"]["nodes"]
            assert order["lines"] == [{"sku": "SKU-1", "quantity": 2}]


async def test_a_configuration_with_faults_says_all_of_them_at_once(tmp_path: Path) -> None:
    path = tmp_path / "trama.toml"
    path.write_text('[server]\nprot = 1\n[database]\n[sources.x]\nconnector = ""\n', "utf-8")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "check", "-c", str(path), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await running.communicate())[0].decode()
    assert running.returncode == 2
    assert all(word in told for word in ("3 faults", "server.prot", "database", "sources.x"))
