"""Each rule of the engine is held: an engine that breaks one is found out."""

import asyncio
import gc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.conformance.engine import core_schemas, strawberry_schemas
from tests.conformance.engine.comparing import FORGETFUL
from tests.conformance.engine.inputs import make_inputs
from tests.conformance.engine.mutants import COERCED, HELD, MUTANTS
from tests.conformance.engine.specs import make_spec, without_methods
from tests.conformance.engine.test_coercion import compare as coerced_otherwise
from tests.conformance.engine.test_differential import compare
from tests.unit.engine import test_running

MOST_TRIED = 150
MOST_OPERATIONS = 600
pytestmark = FORGETFUL


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What is forgotten where something fails is found here, and not during another test."""
    yield
    gc.collect()


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)
    for seed in range(MOST_TRIED):
        rng = Random(seed)
        spec = make_spec(rng)
        make: Any = core_schemas.make_object
        if seed % 2:
            spec = without_methods(spec)
            schema, make = strawberry_schemas.make_schema(spec)
        else:
            schema = core_schemas.make_schema(spec)
        if asyncio.run(compare(rng, spec, schema, make)) is not None:
            return
    pytest.fail(f"nothing was found in {MOST_TRIED} schemas")


@pytest.mark.parametrize("mutant", COERCED)
def test_a_mutant_of_coercion_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    COERCED[mutant](monkeypatch)
    for seed in range(MOST_OPERATIONS):
        rng = Random(seed)
        if coerced_otherwise(rng, make_inputs(rng)) is not None:
            return
    pytest.fail(f"nothing was found in {MOST_OPERATIONS} operations")


@pytest.mark.parametrize("mutant", HELD)
async def test_a_mutant_is_caught_by_the_test_of_its_rule(
    mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, test = HELD[mutant]
    patch(monkeypatch)
    test_running.CALLS.clear()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await test()
