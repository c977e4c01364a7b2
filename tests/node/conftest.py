"""The application that the npm packages talk to, over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from tests.http.serving import serving
from tests.http.tiny import endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(scope="session")
def packages(pytestconfig: pytest.Config) -> Path:
    """Where npm packages are kept from run to run."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("node")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where it answers; any application with a `/graphql` will do for the audits."""
    async with serving(FastAPI(routes=[Route("/graphql", endpoint())])) as address:
        yield f"{address}/graphql"
