"""Files like Olist's: how they are read, and what is said of those that cannot be."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import DataLine, DataOrder
from gateway.demo.olist import OlistLoad, read_olist

from .small_set import TABLES, write_set

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WITHOUT_DUCKDB = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.modules["duckdb"] = None
from gateway.bootstrap import StartFailed
from gateway.demo.olist import read_olist
try:
    read_olist(Path(sys.argv[1]), datetime(2026, 11, 20, tzinfo=UTC))
except StartFailed as error:
    print(error)
"""


@pytest.fixture
def load(tmp_path: Path) -> OlistLoad:
    return read_olist(write_set(tmp_path / "an o'list"), NOW)


def _order(load: OlistLoad, letter: str) -> DataOrder:
    (order,) = [each for each in load.dataset.orders if each.ref.startswith(letter)]
    return order


def test_repeated_lines_stay_lines_in_their_order(load: OlistLoad) -> None:
    order = _order(load, "a")
    assert order.lines == (
        DataLine("p1", 1, "0.10", "0.20", "s1"),
        DataLine("p1", 1, "0.10", "0.20", "s1"),
        DataLine("p2", 1, "19.90", "0.00", "s2"),
    )
    assert order.paid == "20.50"


def test_an_order_without_items_was_worth_what_was_paid(load: OlistLoad) -> None:
    assert (_order(load, "b").lines, _order(load, "b").paid) == ((), "0.30")
    assert (_order(load, "c").lines, _order(load, "c").paid) == ((), "0.00")


def test_times_are_those_of_sao_paulos_clocks(load: OlistLoad) -> None:
    back = timedelta(weeks=load.weeks)
    order = _order(load, "a")
    assert order.placed_at - back == datetime(2018, 2, 18, 0, 59, 59, tzinfo=UTC)
    assert order.approved_at is not None
    assert order.approved_at - back == datetime(2018, 2, 18, 1, 30, tzinfo=UTC)
    assert order.shipped_at is not None
    assert order.shipped_at - back == datetime(2018, 2, 18, 12, 0, tzinfo=UTC)
    assert order.updated_at == order.delivered_at
    assert _order(load, "b").placed_at - back == datetime(2017, 10, 15, 3, 30, tzinfo=UTC)
    assert _order(load, "c").promised_by == datetime(2018, 6, 20, 3, tzinfo=UTC) + back


def test_what_a_person_reads_is_written_as_people_write(load: OlistLoad) -> None:
    assert [item.title for item in load.dataset.items] == ["Móveis decoração p1", "Produto p2"]
    assert [item.price for item in load.dataset.items] == ["0.10", "19.90"]
    assert [(place.city, place.name) for place in load.dataset.locations] == [
        ("Campinas", "Vendedor s1"), ("Rio de Janeiro", "Vendedor s2"),
    ]  # fmt: skip
    assert [place.latitude for place in load.dataset.locations] == [-22.9, None]
    assert _order(load, "a").customer == _order(load, "b").customer


def test_reading_again_gives_the_same_and_says_one_sentence(tmp_path: Path) -> None:
    said: list[str] = []
    folder = write_set(tmp_path / "set")
    assert read_olist(folder, NOW, said.append) == read_olist(folder, NOW)
    assert said == ["3 orders; every time is moved by 441 whole weeks."]


def test_a_folder_without_the_files_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "sellers.parquet").unlink()
    (folder / "products.parquet").unlink()
    with pytest.raises(StartFailed) as caught:
        read_olist(folder, NOW)
    assert caught.value.faults == (f"{folder} lacks products.parquet, sellers.parquet",)


def test_a_file_that_is_no_parquet_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "customers.parquet").write_bytes(b"customer_id,customer_unique_id\n")
    with pytest.raises(StartFailed, match=r"cannot be read: .*customers\.parquet"):
        read_olist(folder, NOW)


def test_a_file_that_lacks_a_column_is_told(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", sellers="SELECT unnest(['s1', 's2']) AS seller_id")
    with pytest.raises(StartFailed, match="seller_zip_code_prefix"):
        read_olist(folder, NOW)


def test_files_that_do_not_belong_together_are_told_all_at_once(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path / "set",
        customers=f"SELECT * FROM ({TABLES['customers']}) WHERE customer_id <> 'c1'",
        products=f"SELECT * FROM ({TABLES['products']}) WHERE product_id <> 'p2'",
        sellers=f"SELECT * FROM ({TABLES['sellers']}) WHERE seller_id <> 's1'",
    )
    with pytest.raises(StartFailed) as caught:
        read_olist(folder, NOW)
    assert caught.value.faults == tuple(
        f"{name}.parquet lacks the {name} of 1 of the orders: take all files from one download"
        for name in ("customers", "products", "sellers")
    )


def test_a_status_that_nobody_knows_is_told(tmp_path: Path) -> None:
    orders = TABLES["orders_partial"].replace("'created'", "'lost'")
    with pytest.raises(StartFailed, match="the status 'lost'; known are created, approved"):
        read_olist(write_set(tmp_path / "set", orders_partial=orders), NOW)


def test_no_orders_at_all_are_told(tmp_path: Path) -> None:
    orders = f"SELECT * FROM ({TABLES['orders_partial']}) WHERE false"
    with pytest.raises(StartFailed, match="has no orders"):
        read_olist(write_set(tmp_path / "set", orders_partial=orders), NOW)


def test_without_duckdb_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_DUCKDB, str(write_set(tmp_path / "set"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "the Olist files need duckdb: pip install 'trama[olist]'\n"
