"""How many processes serve, and what they take of the database."""

import os

import pytest
import typer

from gateway.cli.workers import connections_of, count_workers


def test_a_number_is_taken_as_it_is_and_auto_is_the_cores() -> None:
    assert [count_workers(told) for told in (1, "3", 256)] == [1, 3, 256]
    assert 1 <= count_workers("auto") <= (os.cpu_count() or 1)


@pytest.mark.parametrize("told", ["0", "-1", "257", "many", "", "1.5"])
def test_what_is_no_number_of_processes_is_refused(told: str) -> None:
    with pytest.raises(typer.BadParameter, match="1 to 256, or auto"):
        count_workers(told)


def test_each_process_has_its_pool_and_one_connection_for_wake_ups() -> None:
    assert [connections_of(workers, 10) for workers in (1, 2, 4)] == [11, 33, 55]
