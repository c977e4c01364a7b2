"""The example documents, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.http.graphiql.examples import Example, examples

if TYPE_CHECKING:
    from pathlib import Path


def test_examples_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "02-b.graphql").write_text("query B { b }")
    (tmp_path / "01-z-first.graphql").write_text("query Z { z }")
    (tmp_path / "02-b.json").write_text('{"first": 1}')
    (tmp_path / "notes.md").write_text("not an example")

    assert examples(tmp_path) == [
        Example("z-first", "query Z { z }", {}),
        Example("b", "query B { b }", {"first": 1}),
    ]


def test_the_first_example_shows_recent_calls() -> None:
    assert examples()[0].name == "recent-calls"


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_is_one_operation_whose_name_its_tab_can_bear(example: Example) -> None:
    (operation,) = parse(example.document).definitions

    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    expected = "".join(word.capitalize() for word in example.name.split("-"))
    assert operation.name.value == expected
    assert {node.variable.name.value for node in operation.variable_definitions or ()} == set(
        example.variables
    )


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_comments_of_an_example_fit_into_half_a_window(example: Example) -> None:
    comments = [line for line in example.document.splitlines() if line.startswith("#")]

    assert [line for line in comments if len(line) > 45] == []
