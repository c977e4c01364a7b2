"""All audits of the npm package graphql-http: https://graphql.github.io/graphql-over-http."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from tests.http.serving import serving
from tests.http.tiny import endpoint
from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def audits(cache: pytest.Cache) -> Path:
    return installed("graphql-http", cache) / "audit.js"


@pytest.fixture
def app() -> FastAPI:
    """What is audited; any application with a `/graphql` will do."""
    return FastAPI(routes=[Route("/graphql", endpoint())])


@pytest.mark.node
async def test_every_audit_of_graphql_http_passes(audits: Path, app: FastAPI) -> None:
    async with serving(app) as url:
        found = await printed(audits, f"{url}/graphql")
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len({audit["id"] for audit in found}) == 61
