"""Compiled and interpreted answers are the same: generated operations over a damaged Retell.

`python -m tests.executor.fuzz` runs more of the same examples.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import parse, print_ast, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from gateway.app import schema
from tests.executor.fuzz import compare_seeds
from tests.executor.operations import finished, with_known_ids
from tests.executor.retell import Retell
from tests.executor.ways import EXAMPLES_OF_A_SEED, compare

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

GROUPS, EXAMPLES = 15, 3000
SEEDS = -(-EXAMPLES // GROUPS // EXAMPLES_OF_A_SEED)
"""In each group."""


@pytest.mark.parametrize("group", range(GROUPS))
async def test_compiled_answers_are_those_of_graphql_core(group: int) -> None:
    tally = await compare_seeds(range(group * SEEDS, (group + 1) * SEEDS))
    assert tally.examples >= EXAMPLES // GROUPS
    # It would prove nothing if all was left to graphql-core, or if nothing ever was.
    assert tally.undamaged_compiled > 0.6 * tally.undamaged
    assert tally.typed > 0
    assert tally.replayed > 0
    assert tally.errors > 0
    assert tally.changes > 0


async def test_so_are_those_of_operations_that_read_lists_above_all() -> None:
    tally = await compare_seeds(range(90_003, 90_603, 6))
    assert tally.typed > 100
    assert tally.untyped > 5
    assert tally.undamaged_compiled > 0.8 * tally.undamaged


def _hypothetical() -> SearchStrategy[str]:
    moment = st.just(nodes.String("2026-01-31T09:30:00Z"))
    scalars: dict[str, SearchStrategy[Any]] = {
        **dict.fromkeys(("DateTime", "JSON", "URL", "TelephoneNumber"), moment),
        "BigInt": st.just(nodes.Int(5)),
    }
    return queries(schema().executable, custom_scalars=scalars)


@settings(
    max_examples=60,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(_hypothetical(), st.integers(0, 2**32))
def test_so_are_those_to_operations_of_hypothesis_graphql(source: str, seed: int) -> None:
    random = Random(seed)
    document = with_known_ids(parse(source), random)
    if validate(schema().executable, document):  # it knows no @oneOf
        return
    made = finished(schema().executable, print_ast(document), random, {}, None)
    tally = asyncio.run(compare(made, Retell(seed, random.choice((0.0, 0.5, 1.0))), made.variables))
    assert tally.executions == len(made.variables)
