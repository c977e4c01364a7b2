"""All audits of the npm package graphql-http: https://graphql.github.io/graphql-over-http."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


async def test_every_audit_of_graphql_http_passes(packages: Path, url: str) -> None:
    found = await printed(installed("graphql-http", packages) / "audit.js", url)
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len({audit["id"] for audit in found}) == 61
