"""All audits of the npm package graphql-http: https://graphql.github.io/graphql-over-http."""

from __future__ import annotations

import pytest

from tests.node.scripts import installed, printed

pytestmark = pytest.mark.node


async def test_every_audit_of_graphql_http_passes(url: str, cache: pytest.Cache) -> None:
    found = await printed(installed("graphql-http", cache) / "audit.js", url)
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len({audit["id"] for audit in found}) == 61
