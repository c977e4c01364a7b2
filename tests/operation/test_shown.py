"""`gateway.operation.shown`: which masked fields an answer has, found in one walk."""

from __future__ import annotations

from typing import Any, ClassVar

from gateway.operation.shown import present


def test_only_what_an_answer_has_is_named_as_masked() -> None:
    masked = [("a", "b"), ("a", "c"), ("d", "e"), ("f", "g", "h")]
    data = {"a": [None, {"b": None}], "d": None, "f": {"g": [[{"h": 1}]]}}
    assert present(masked, data) == [["a", "b"], ["f", "g", "h"]]
    assert present(masked, None) == []


def test_they_are_named_in_the_order_of_the_selection_wherever_they_are_found() -> None:
    masked = [("a", "b"), ("a", "c"), ("a", "d")]
    assert present(masked, {"a": [{"c": 1}, {"d": 2}, {"b": 3}]}) == [list(n) for n in masked]


def test_a_masked_field_may_have_masked_fields_below_it() -> None:
    masked = [("a",), ("a", "b"), ("a", "c")]
    assert present(masked, {"a": [{"x": 1}, {"b": None}]}) == [["a"], ["a", "b"]]
    assert present(masked, {"a": None}) == [["a"]]


class Counted(dict[str, Any]):
    """Counts how often it is looked into."""

    looks: ClassVar[int] = 0

    def __contains__(self, name: object) -> bool:
        Counted.looks += 1
        return super().__contains__(name)


def test_items_are_walked_once_however_many_fields_are_masked() -> None:
    Counted.looks = 0
    items = [Counted(node=Counted(analysis=Counted(x=1))) for _ in range(500)]
    masked = [("edges", "node", "analysis", f"field{number}") for number in range(20)]
    assert present(masked, {"edges": items}) == []
    assert Counted.looks == 500 * (1 + 1 + 20)


def test_what_was_found_is_not_looked_for_again() -> None:
    Counted.looks = 0
    items = [Counted(node=Counted(a=1, b=2)) for _ in range(500)]
    assert len(present([("edges", "node", "a"), ("edges", "node", "b")], {"edges": items})) == 2
    assert Counted.looks == 3
