"""`gateway.schema.selection` and `info`: what is asked for below a field, and where it stands."""

from __future__ import annotations

import httpx
import pytest

from tests.loading import loading
from tests.schema.library import data

DOCUMENTS = [
    ("{ s: selected { names } }", ["names"]),
    ("{ s: selected { other: names at } }", ["at", "names"]),
    ("{ s: selected { names more { at } } }", ["more", "names"]),
    ("{ s: selected { ... on SelectedNames { at } ... { names } } }", ["at", "names"]),
    ("{ s: selected { names ...F ...F } } fragment F on SelectedNames { at }", ["at", "names"]),
    (
        "{ s: selected { names ...F } } fragment F on SelectedNames { ...G } "
        "fragment G on SelectedNames { more { names } }",
        ["more", "names"],
    ),
    ("{ s: selected { names } s: selected { at } }", ["at", "names"]),
    ("{ s: selected { names at @skip(if: true) } }", ["names"]),
    ("{ s: selected { names at @include(if: false) } }", ["names"]),
    ("{ s: selected { names at @skip(if: false) @include(if: true) } }", ["at", "names"]),
    ("query($no: Boolean = false) { s: selected { names at @include(if: $no) } }", ["names"]),
    (
        "query($no: Boolean = false) { s: selected { names ... @skip(if: $no) { at } } }",
        ["at", "names"],
    ),
    ("{ s: selected { names ... @include(if: false) { at } } }", ["names"]),
    (
        "{ s: selected { names ...F @skip(if: true) } } fragment F on SelectedNames { at }",
        ["names"],
    ),
]


@pytest.mark.parametrize(("document", "names"), DOCUMENTS)
async def test_names_are_those_that_will_be_executed(document: str, names: list[str]) -> None:
    async with loading(lambda _request: httpx.Response(500)) as world:
        selected = (await data(world, document))["s"]
        assert (selected.get("names") or selected["other"]) == names


async def test_a_field_knows_where_it_stands() -> None:
    async with loading(lambda _request: httpx.Response(500)) as world:
        assert await data(world, "{ here: selected { at } }") == {"here": {"at": ["here"]}}


async def test_nothing_is_selected_of_a_leaf() -> None:
    async with loading(lambda _request: httpx.Response(500)) as world:
        assert await data(world, "{ nothingSelected }") == {"nothingSelected": True}


async def test_a_chain_of_doubling_fragments_is_walked_once() -> None:
    spreads = " ".join(
        f"fragment F{n} on SelectedNames {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30)
    )
    document = f"{{ s: selected {{ ...F0 }} }} {spreads} fragment F30 on SelectedNames {{ names }}"
    async with loading(lambda _request: httpx.Response(500)) as world:
        assert await data(world, document) == {"s": {"names": ["names"]}}
