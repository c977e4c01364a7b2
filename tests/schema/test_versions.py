"""How versions are asked for and known again, whatever they are of."""

from __future__ import annotations

import pytest
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.schema.versions import (
    ASKED_VERSION,
    DRAFT,
    checked_version,
    key_under,
    published_policy,
    read_at,
    split_key,
)
from tests.schema.library import BOOK


@pytest.mark.parametrize(
    ("key", "split"), [("a", ("a", None)), ("a:0", ("a", 0)), ("", ("", None))]
)
def test_a_key_is_an_id_or_an_id_at_a_version(key: str, split: tuple[str, int | None]) -> None:
    assert split_key(key, "a book") == split


@pytest.mark.parametrize("key", ["a:", "a:x", "a:-1", "a:1:2", "a:1234567890"])
def test_what_is_no_version_is_refused(key: str) -> None:
    with pytest.raises(BadUserInput, match="The version of a book is a number"):
        split_key(key, "a book")


def test_a_key_leads_back_to_the_version_that_was_asked_for() -> None:
    key = key_under("book_id")
    assert key({"book_id": "a", "version": 7}) == "a"
    assert key({"book_id": "a", ASKED_VERSION: 0}) == "a:0"
    assert key({}) is None


def test_the_newest_is_read_without_a_version() -> None:
    frozen = Freshness(max_age=600)
    newest = read_at(BOOK, "id_", "a", None, published_policy(frozen), tags=("a", "all"))
    first = read_at(BOOK, "id_", "a", 0, published_policy(frozen), tags=("a", "all"))
    assert (newest.request.target, newest.policy, newest.tags) == (
        "/book/a",
        BOOK.policy,
        ("a", "all"),
    )
    assert (first.request.target, first.notes) == ("/book/a?version=0", {ASKED_VERSION: 0})
    assert first.policy({"is_published": True}, 0.0) == frozen
    assert first.policy({"is_published": "true"}, 0.0) == DRAFT
    assert newest.key("t") != first.key("t")


def test_a_version_that_was_asked_for_is_not_negative() -> None:
    assert [checked_version(each, "a book") for each in (None, UNSET, 0, 3)] == [None, None, 0, 3]
    with pytest.raises(BadUserInput, match="not negative") as refused:
        checked_version(-1, "a book", "baseVersion")
    assert refused.value.field == "baseVersion"
