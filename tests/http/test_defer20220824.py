"""The older form of incremental delivery, as Apollo's Defer20220824Handler reads it."""

from __future__ import annotations

import pytest

from gateway.http.defer20220824 import Defer20220824


def test_the_first_part_is_the_answer_so_far() -> None:
    first = Defer20220824().first(
        {
            "data": {"user": {"id": 1}},
            "errors": [{"message": "e"}],
            "pending": [{"id": "0", "path": ["user"]}],
            "hasNext": True,
            "extensions": {"x": 1},
        }
    )
    assert first == {
        "data": {"user": {"id": 1}},
        "errors": [{"message": "e"}],
        "hasNext": True,
        "extensions": {"x": 1},
    }


def test_a_deferred_part_names_its_path_and_label() -> None:
    older = Defer20220824()
    pending = [{"id": "0", "path": ["user"], "label": "L"}, {"id": "1", "path": []}]
    older.first({"data": {"user": {}}, "pending": pending, "hasNext": True})
    part = older.later(
        {
            "incremental": [
                {"id": "0", "data": {"a": 1}, "errors": [{"message": "e"}]},
                {"id": "0", "data": {"b": 2}, "subPath": ["pals", 0], "extensions": {"x": 1}},
                {"id": "1", "data": {"c": 3}},
            ],
            "completed": [{"id": "0"}],
            "hasNext": True,
        }
    )
    assert part == {
        "incremental": [
            {"path": ["user"], "data": {"a": 1}, "label": "L", "errors": [{"message": "e"}]},
            {
                "path": ["user", "pals", 0],
                "data": {"b": 2},
                "label": "L",
                "extensions": {"x": 1},
            },
            {"path": [], "data": {"c": 3}},
        ],
        "hasNext": True,
    }
    assert older.later({"completed": [{"id": "1"}], "hasNext": False}) == {"hasNext": False}


def test_a_part_that_failed_is_null_with_its_errors() -> None:
    older = Defer20220824()
    pending = [
        {"id": "0", "path": ["user"], "label": "L"},
        {"id": "1", "path": ["user", "pals"]},
    ]
    older.first({"data": {"user": {"pals": [1, 2]}}, "pending": pending, "hasNext": True})
    completed = [
        {"id": "0", "errors": [{"message": "lost"}]},
        {"id": "1", "errors": [{"message": "torn"}]},
    ]
    assert older.later({"completed": completed, "hasNext": False}) == {
        "incremental": [
            {"path": ["user"], "data": None, "label": "L", "errors": [{"message": "lost"}]},
            {"path": ["user", "pals", 2], "items": None, "errors": [{"message": "torn"}]},
        ],
        "hasNext": False,
    }


def test_streamed_items_name_the_place_of_the_first() -> None:
    older = Defer20220824()
    pending = [{"id": "0", "path": ["nums"], "label": "N"}]
    older.first({"data": {"nums": [1]}, "pending": pending, "hasNext": True})
    assert older.later(
        {"incremental": [{"id": "0", "items": [2, 3]}, {"id": "0", "items": [4]}], "hasNext": True}
    ) == {
        "incremental": [
            {"path": ["nums", 1], "items": [2, 3], "label": "N"},
            {"path": ["nums", 3], "items": [4], "label": "N"},
        ],
        "hasNext": True,
    }


def test_a_list_within_what_was_deferred_or_streamed_is_counted_too() -> None:
    older = Defer20220824()
    older.first({"data": {"user": {}}, "pending": [{"id": "0", "path": ["user"]}], "hasNext": True})
    part = older.later(
        {
            "pending": [{"id": "1", "path": ["user", "pals"]}],
            "incremental": [
                {"id": "1", "items": [{"tags": ["a", "b"]}]},
                {"id": "0", "data": {"pals": [{}, {}]}},
            ],
            "hasNext": True,
        }
    )
    assert part["incremental"][0]["path"] == ["user", "pals", 2]
    part = older.later(
        {
            "pending": [{"id": "2", "path": ["user", "pals", 3, "tags"]}],
            "incremental": [{"id": "1", "items": [{"tags": ["a", "b"]}]}],
            "hasNext": True,
        }
    )
    part = older.later({"incremental": [{"id": "2", "items": ["c"]}], "hasNext": False})
    assert part["incremental"] == [{"path": ["user", "pals", 3, "tags", 2], "items": ["c"]}]


def test_a_list_that_never_came_counts_from_nothing() -> None:
    older = Defer20220824()
    older.first({"data": None, "pending": [{"id": "0", "path": ["nums"]}], "hasNext": True})
    part = older.later({"incremental": [{"id": "0", "items": [1]}], "hasNext": False})
    assert part["incremental"] == [{"path": ["nums", 0], "items": [1]}]


def test_errors_and_extensions_of_the_whole_answer_are_kept() -> None:
    payload = {"errors": [{"message": "e"}], "extensions": {"x": 1}, "hasNext": False}
    assert Defer20220824().later(payload) == payload


def test_something_that_was_never_announced_is_a_fault() -> None:
    with pytest.raises(KeyError):
        Defer20220824().later({"incremental": [{"id": "9", "data": {}}], "hasNext": True})
