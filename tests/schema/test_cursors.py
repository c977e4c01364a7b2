"""`gateway.schema.cursors`: positions come back as they were, and only to their own list."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadUserInput
from gateway.schema.cursors import LARGEST_PAGE, Position, decode_cursor, encode_cursor, scope_of


def cursor_of(content: object) -> str:
    return urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


@settings(deadline=None)
@given(
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(0, LARGEST_PAGE),
    st.data(),
)
def test_a_position_comes_back(key: str | None, limit: int, drawn: st.DataObject) -> None:
    position = Position(key, limit, drawn.draw(st.integers(0, limit)))
    cursor = encode_cursor(position, "scope")
    assert decode_cursor(cursor, "scope") == position
    assert "=" not in cursor


def test_a_cursor_is_bound_to_its_list() -> None:
    with pytest.raises(BadUserInput, match="another filter, order or key"):
        decode_cursor(encode_cursor(Position("key"), "one"), "other")


@pytest.mark.parametrize("cursor", ["", "!", "a", "é", "\ud800", "bnVsbA", "W10", "[]", "A" * 400])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadUserInput, match="not a cursor"):
        decode_cursor(cursor, "scope")


@settings(deadline=None)
@given(st.text())
def test_no_text_does_more_than_be_refused(cursor: str) -> None:
    with pytest.raises(BadUserInput):
        decode_cursor(cursor, "scope")


@pytest.mark.parametrize(
    "made_up",
    [
        [None, 5, -1],
        [None, 5, 6],
        [None, -1, 0],
        [None, LARGEST_PAGE + 1, 0],
        [None, 0, 1],
        [None, 5, 2.0],
        [None, 5.0, 2],
        [None, True, True],
        [None, 5, None],
        ["key", "5", 2],
        [5, 5, 2],
        [["key"], 5, 2],
    ],
)
def test_a_position_that_cannot_be_is_refused(made_up: list[object]) -> None:
    with pytest.raises(BadUserInput, match="not a cursor"):
        decode_cursor(cursor_of(["scope", *made_up]), "scope")


@pytest.mark.parametrize("content", [["scope", None, 5], ["scope", None, 5, 1, 1], 7, None])
def test_another_shape_is_refused(content: object) -> None:
    with pytest.raises(BadUserInput, match="not a cursor"):
        decode_cursor(cursor_of(content), "scope")


def test_a_scope_is_short_and_tells_lists_apart() -> None:
    scopes = [
        scope_of("tenant", "calls", {"a": 1}),
        scope_of("tenant", "calls", {"a": 2}),
        scope_of("tenant", "agents", {"a": 1}),
        scope_of("other", "calls", {"a": 1}),
    ]
    assert len(set(scopes)) == 4
    assert {len(scope) for scope in scopes} == {16}


def test_a_scope_does_not_depend_on_the_order_of_keys() -> None:
    assert scope_of({"a": 1, "b": 2}) == scope_of({"b": 2, "a": 1})


def test_a_list_begins_with_its_first_page() -> None:
    assert Position() == Position(key=None, limit=0, offset=0)
