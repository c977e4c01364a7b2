"""All audits of the npm package graphql-http: https://graphql.github.io/graphql-over-http."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def audit(packages: Path) -> Path:
    return installed("graphql-http", packages) / "audit.js"


def all_61_pass(found: list[dict[str, Any]]) -> None:
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len({audit["id"] for audit in found}) == 61


ASKING_THE_SCHEMA = {"2EA1", "28B9", "D6D5", "6A70"}
"""Audits of variables that send `__type` and want an answer."""


async def test_the_gateway_passes_every_audit(
    audit: Path, gateway_url: str, request: pytest.FixtureRequest
) -> None:
    found = await printed(audit, gateway_url)
    if "introspection off" in request.node.name:
        unanswered = {audit["id"] for audit in found if audit["status"] != "ok"}
        assert unanswered == ASKING_THE_SCHEMA
        assert len({audit["id"] for audit in found}) == 61
    else:
        all_61_pass(found)


async def test_the_endpoint_alone_passes_every_audit(audit: Path, url: str) -> None:
    all_61_pass(await printed(audit, url))
