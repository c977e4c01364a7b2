"""All that a front end may use of Retell's API is reached: what is left out has its reason."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest
import retell

from gateway import resources
from gateway.app import find_resources, schema
from gateway.coverage import Coverage, covered
from gateway.loaders import Source
from gateway.upstream.endpoint import Endpoint

MODULES = [
    import_module(f"{resources.__name__}.{module.name}")
    for module in pkgutil.iter_modules(resources.__path__)
]


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return covered(find_resources(), schema().executable, retell)


def test_no_endpoint_field_value_kind_or_operator_is_missing(coverage: Coverage) -> None:
    assert coverage.missing == []


def test_what_is_left_out_is_there_to_be_left_out(coverage: Coverage) -> None:
    stated = {reason for each in find_resources() for reason in each.excluded.values()}
    assert set(coverage.hidden.values()) == stated


def test_every_endpoint_that_is_used_says_what_shows_it() -> None:
    declared = {name_of(each) for resource in find_resources() for each in resource.shows}
    used = {
        name_of(each)
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, Source | Endpoint)
    }
    assert used - declared == set()


def name_of(each: Source | Endpoint) -> str:
    endpoint = each.endpoint if isinstance(each, Source) else each
    return f"{endpoint.method} {endpoint.path}"
