"""Scopes and what is left of a number."""

from __future__ import annotations

import pytest

from gateway.app import find_resources, schema
from gateway.auth.caller import Caller
from gateway.errors import Forbidden
from gateway.schema.permissions import (
    SCOPES,
    Personal,
    check,
    most_digits_hidden,
    needed,
    needs,
    personal,
    scope,
)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+14155550100", "+1415•••0100"),
        ("+441632960961", "+4416•••0961"),
        ("14155550100", "•••00"),
        ("+49301234", "•••34"),
        ("911", None),
        ("sip:alice@example.org", None),
        ("+1415555O100", None),
        ("", None),
        (14155550100, None),
    ],
)
def test_of_a_number_little_is_left_and_nothing_of_what_is_none(
    number: object, shown: str | None
) -> None:
    assert most_digits_hidden(number) == shown


@pytest.mark.parametrize("name", ["calls", "calls:", ":read", "Calls:read", "calls:read ", "a:b:c"])
def test_a_scope_names_a_resource_and_an_action(name: str) -> None:
    with pytest.raises(ValueError, match="resource:action"):
        scope(name, "Anything.")


def test_a_scope_means_one_thing() -> None:
    assert scope("numbers:read", SCOPES["numbers:read"]) == "numbers:read"
    with pytest.raises(ValueError, match="has a meaning already"):
        scope("numbers:read", "Something else.")


def test_a_caller_without_the_scope_is_refused() -> None:
    check(Caller("key", own_key=True), "calls:read")
    with pytest.raises(Forbidden, match="needs the scope `calls:read`"):
        check(Caller("key", own_key=True, scopes=frozenset({"calls:write"})), "calls:read")


def test_a_function_says_what_it_needs() -> None:
    assert needed(needs("calls:read")(lambda: None)) == "calls:read"
    assert needed(lambda: None) is None


@pytest.mark.parametrize(
    ("said", "shows"),
    [
        (personal("a:b"), "it is null"),
        (personal("a:b", mask=most_digits_hidden), "most of it is left out"),
        (personal("a:b", twin="other"), "what Retell has scrubbed stands in its place"),
    ],
)
def test_what_others_get_is_told_in_words(said: Personal, shows: str) -> None:
    assert said.shows == shows


def test_every_root_field_of_a_resource_needs_a_scope_and_says_so() -> None:
    executable = schema().executable
    assert executable.mutation_type is not None
    changes = executable.mutation_type.fields
    fields = {
        name: field
        for root in (executable.query_type, executable.mutation_type)
        if root is not None
        for name, field in root.fields.items()
        if name not in {"node", "nodes"}
    }
    assert len(fields) > 5
    for name, field in fields.items():
        told = field.description or ""
        (wanted,) = [each for each in SCOPES if f"Needs the scope `{each}`." in told]
        assert wanted.endswith(":read") is not (name in changes), name


def test_every_resource_that_is_linked_or_asked_for_by_id_says_what_it_takes() -> None:
    for resource in find_resources():
        if resource.node is not None:
            assert resource.scope in SCOPES
            assert resource.sources
            assert resource.id_key
