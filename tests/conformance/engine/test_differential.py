"""The engine answers what graphql-core answers, whatever the schema and the operation."""

import asyncio
import gc
import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import (
    NoFragmentCyclesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    parse,
    validate,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.engine.engine import CAREFUL, COMPILED, Engine
from gateway.engine.pacing import MOST_AT_ONCE
from tests.conformance.engine import core_schemas, strawberry_schemas
from tests.conformance.engine.comparing import FORGETFUL, WAYS, Case, difference
from tests.conformance.engine.operations import Draft
from tests.conformance.engine.specs import SchemaSpec, make_spec, without_methods
from tests.conformance.engine.values import World

CASES = int(os.environ.get("ENGINE_CASES", "500"))
PER_SCHEMA, PER_OPERATION = 3, 4
# What operations made by chance may break; the rest they keep by the way they are made.
RULES = [OverlappingFieldsCanBeMergedRule, NoFragmentCyclesRule, PossibleFragmentSpreadsRule]
COUNTS: Counter[str] = Counter()
OTHER_COUNTS = (COMPILED, CAREFUL, "not valid", "read twice")
pytestmark = FORGETFUL
unhurried = settings(
    max_examples=max(1, CASES // (PER_SCHEMA * PER_OPERATION)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    report_multiple_bugs=False,
    database=None,
    derandomize="ENGINE_CASES" not in os.environ,
)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What graphql-core forgets is found here, and not during another test."""
    yield
    gc.collect()


async def compare(rng: Random, spec: SchemaSpec, schema: Any, make: Any) -> str | None:
    """Answer what differs for some operations on a schema, if anything does."""
    is_strawberry = hasattr(schema, "_strawberry_schema")
    executor = schema._strawberry_schema.execution_context_class if is_strawberry else None
    # Every second schema is executed in the smallest of slices, as large answers are.
    most = 1 if len(repr(spec)) % 2 else MOST_AT_ONCE
    engine = Engine(schema, executor_class=executor, most_at_once=most)
    lasting = World.of_lasting(spec, make)
    for _ in range(PER_SCHEMA):
        draft = Draft(rng, schema, most_deep=rng.choice([3, 3, 3, 8]))
        text = draft.write(rng.choice(["query", "query", "query", "mutation"]))
        document = parse(text)
        if validate(schema, document, RULES):
            COUNTS["not valid"] += 1
            continue
        for turn in range(PER_OPERATION):
            refused = frozenset(each for each in spec.guarded if rng.random() < 0.3)
            # Of two turns the data is the same.
            one, other = (World(spec, make, refused, turn // 2, lasting=lasting) for _ in range(2))
            contexts = one, other
            roots = make(contexts[0], "Query", 1, 0, 1), make(contexts[1], "Query", 1, 0, 1)
            case = Case(document, draft.values, contexts, roots, executor, draft.name)
            found = await difference(schema, engine, case)
            if contexts[0].read_twice:
                COUNTS["read twice"] += 1  # two fields read one generator: who was first, decides
            elif found is not None:
                return f"{spec}\n{text}\n{draft.values}\n{found}"
            draft.values = {name: _other(rng, value) for name, value in draft.values.items()}
    COUNTS.update(engine.counts)
    return None


def _other(rng: Random, value: Any) -> Any:
    """Answer a variable for the next turn: what decides what is selected changes, and numbers."""
    if isinstance(value, bool):
        return rng.random() < 0.5
    return value + 1 if isinstance(value, int) and rng.random() < 0.5 else value


@unhurried
@given(st.randoms(use_true_random=True))
def test_of_any_schema_of_graphql_core(rng: Random) -> None:
    spec = make_spec(rng)
    schema = core_schemas.make_schema(spec)
    assert asyncio.run(compare(rng, spec, schema, core_schemas.make_object)) is None


@unhurried
@given(st.randoms(use_true_random=True))
def test_of_any_schema_of_strawberry(rng: Random) -> None:
    spec = without_methods(make_spec(rng))
    schema, make = strawberry_schemas.make_schema(spec)
    assert asyncio.run(compare(rng, spec, schema, make)) is None


def test_most_of_them_were_compiled_and_both_ways_were_gone() -> None:
    if not COUNTS:
        test_of_any_schema_of_graphql_core()
        test_of_any_schema_of_strawberry()
    handed_over = sum(COUNTS[reason] for reason in COUNTS if reason not in OTHER_COUNTS)
    assert COUNTS[COMPILED] >= 4 * handed_over, COUNTS
    assert COUNTS[COMPILED] >= CASES, COUNTS
    assert min(WAYS["at once"], WAYS["waited for"]) >= CASES // 20, WAYS
