"""Of every event of a subscription the engine answers what graphql-core does, of all at once."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.engine import CAREFUL, COMPILED, Engine
from gateway.engine.pacing import MOST_AT_ONCE
from tests.conformance.engine import core_schemas, strawberry_schemas
from tests.conformance.engine.comparing import FORGETFUL, Case, difference_of_events
from tests.conformance.engine.mutants import EVENTS, Patch
from tests.conformance.engine.operations import Draft
from tests.conformance.engine.specs import SchemaSpec, make_spec, without_methods
from tests.conformance.engine.test_differential import CASES, RULES, unhurried
from tests.conformance.engine.values import World

PER_SCHEMA = 4
MOST_EVENTS = 4
MOST_TRIED = 60
COUNTS: Counter[str] = Counter()
pytestmark = FORGETFUL


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What graphql-core forgets is found here, and not during another test."""
    yield
    gc.collect()


def made(rng: Random, *, is_strawberry: bool) -> tuple[SchemaSpec, Any, Any]:
    """Answer a schema by chance, and what makes its objects."""
    spec = make_spec(rng)
    if is_strawberry:
        spec = without_methods(spec)
        return spec, *strawberry_schemas.make_schema(spec)
    return spec, core_schemas.make_schema(spec), core_schemas.make_object


async def compare(rng: Random, spec: SchemaSpec, schema: Any, make: Any) -> str | None:
    """Answer what differs for some subscriptions on a schema, if anything does."""
    is_strawberry = hasattr(schema, "_strawberry_schema")
    executor = schema._strawberry_schema.execution_context_class if is_strawberry else None
    most = 1 if len(repr(spec)) % 2 else MOST_AT_ONCE
    engine = Engine(schema, executor_class=executor, most_at_once=most)
    for turn in range(PER_SCHEMA):
        draft = Draft(rng, schema)
        text = draft.write("subscription")
        document = parse(text)
        if validate(schema, document, RULES):
            COUNTS["not valid"] += 1
            continue
        refused = frozenset(rng.sample(["f0", "f1", "t0f0", "t1f1", "r0"], rng.choice([0, 2])))
        worlds = World(spec, make, refused, turn), World(spec, make, refused, turn)
        seeds = [rng.randint(0, 96) for _ in range(rng.randint(1, MOST_EVENTS))]
        events = _events(worlds[0], make, seeds), _events(worlds[1], make, seeds)
        case = Case(document, draft.values, worlds, (None, None), executor, draft.name)
        found = await difference_of_events(schema, engine, case, events)
        if found is not None and not worlds[0].read_twice:
            return f"{spec}\n{text}\n{draft.values}\n{seeds}\n{found}"
        COUNTS["at once"] += len(seeds) > 1
    COUNTS.update(engine.counts)
    return None


def _events(world: World, make: Any, seeds: Sequence[int]) -> list[Any]:
    return [make(world, "T0", seed, 0, seed) for seed in seeds]


@settings(unhurried, max_examples=max(1, CASES // 10))
@given(st.integers(0, 2**32), st.booleans())
def test_events_are_answered_alike(seed: int, is_strawberry: bool) -> None:
    rng = Random(seed)
    spec, schema, make = made(rng, is_strawberry=is_strawberry)
    assert asyncio.run(compare(rng, spec, schema, make)) is None


def test_most_of_them_were_compiled_and_many_were_answered_at_once() -> None:
    if not COUNTS:
        test_events_are_answered_alike()
    others = (COMPILED, CAREFUL, "not valid", "at once")
    handed_over = sum(COUNTS[reason] for reason in COUNTS if reason not in others)
    assert COUNTS[COMPILED] >= 4 * handed_over, COUNTS
    assert COUNTS[COMPILED] >= CASES // 2, COUNTS
    assert COUNTS["at once"] >= CASES // 10, COUNTS


@pytest.mark.parametrize("mutant", EVENTS)
def test_a_mutant_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patch: Patch = EVENTS[mutant]
    patch(monkeypatch)
    for seed in range(MOST_TRIED):
        rng = Random(seed)
        spec, schema, make = made(rng, is_strawberry=bool(seed % 2))
        if asyncio.run(compare(rng, spec, schema, make)) is not None:
            return
    pytest.fail(f"nothing was found in {MOST_TRIED} schemas")
