"""What front ends run over `schema.graphql`: linters, code generators, Relay's compiler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.http.graphiql.examples import FOLDER
from tests.node.scripts import installed, printed

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.node

SCHEMA = Path(__file__).parents[2] / "schema.graphql"


async def test_no_tool_has_anything_to_say_of_the_schema(packages: Path) -> None:
    script = installed("schema-tools", packages) / "check.js"
    examples = map(str, sorted(FOLDER.glob("*.graphql")))
    found: dict[str, Any] = {
        line["what"]: line["seen"] for line in await printed(script, str(SCHEMA), *examples)
    }
    assert found == {
        "graphql-eslint": [],
        "graphql-codegen": {"files": 4, "typed": True},
        "relay-compiler": "compiled",
        "graphql-inspector": {"same": 0, "breaking": True},
    }
