"""The example documents: each `.graphql` file is a tab of the page, and is run by the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """`variables` come from the `.json` file beside the document, and are empty without one."""

    name: str
    document: str
    variables: dict[str, Any]


def examples(folder: Path = FOLDER) -> list[Example]:
    """All of them, ordered by the number that each file name starts with."""
    return [_example(path) for path in sorted(folder.glob("*.graphql"))]


def _example(path: Path) -> Example:
    _, _, name = path.stem.partition("-")
    beside = path.with_suffix(".json")
    variables = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    return Example(name, path.read_text("utf-8"), variables)
