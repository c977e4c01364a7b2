"""`gateway.schema.types`: what a declaration adds: descriptions, raw twins, readings, names."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
from strawberry.types.base import get_object_definition

from gateway.schema.fields import ReadField
from gateway.schema.readings import Completed, Computed, Discriminator, Key, Linked
from gateway.schema.types import (
    DISCRIMINATORS,
    OPEN_ENUMS,
    TYPES,
    object_type,
    open_enum,
)
from tests.schema import library
from tests.schema.library import SCHEMA, Book, Mood, Novel, Order


def fields_of(type_: Any) -> dict[str, Any]:
    return {field.python_name: field for field in get_object_definition(type_, strict=True).fields}


def test_types_are_found_by_name() -> None:
    assert TYPES["Book"] is Book
    assert TYPES["Novel"] is Novel
    assert "BookFilter" not in TYPES


def test_docstrings_are_descriptions() -> None:
    sdl = SCHEMA.executable
    assert sdl.type_map["Novel"].description == "A book that tells a story."
    assert sdl.type_map["Mood"].description == "How a book feels."
    assert sdl.type_map["BookFilter"].description == "Which books."
    assert sdl.type_map["Thing"].description == "Things in books."
    fields = fields_of(Novel)
    assert fields["hero"].description == "Whom it is about."
    assert fields["text"].description == "What it says."
    assert fields["writer"].description == "Who wrote it."


def test_the_docstring_of_a_resolver_describes_its_field() -> None:
    assert fields_of(library.BookQueries)["books"].description == "Books."


def test_members_of_an_enum_are_described() -> None:
    values: Any = SCHEMA.executable.type_map["Mood"]
    described = {name: value.description for name, value in values.values.items()}
    assert described == {
        "MERRY": "It laughs.",
        "SAD": "It weeps.",
        "UNKNOWN": "A value that is newer than this schema; the raw field beside it has it.",
    }


def test_an_open_enum_has_a_raw_twin_wherever_it_is_shown() -> None:
    fields = fields_of(Book)
    assert fields["mood_raw"].type.of_type is str
    assert fields["moods_by_part_raw"].type.of_type.of_type.of_type is str
    assert fields["moods_by_part_raw"].description == (
        "What Retell gave for `moodsByPart`, as it is: also where that is `UNKNOWN` here."
    )
    assert fields["mood_raw"].reading == fields["mood"].reading == Key(("mood",))


def test_what_is_no_open_enum_has_no_twin() -> None:
    assert {name for name in fields_of(Book) if name.endswith("_raw")} == {
        "mood_raw",
        "moods_by_part_raw",
    }


def test_an_open_enum_needs_its_unknown() -> None:
    with pytest.raises(TypeError, match="Colour needs a member UNKNOWN"):

        @open_enum
        class Colour(Enum):
            """How it looks."""

            RED = "red"


def test_only_open_enums_may_have_values_that_are_not_known() -> None:
    assert Mood in OPEN_ENUMS
    assert Order not in OPEN_ENUMS


def test_fields_are_read_by_their_own_names_unless_they_say_otherwise() -> None:
    readings = {name: field.reading for name, field in fields_of(Book).items()}
    assert readings["book_id"] == Key(("book_id",))
    assert readings["pages"] == Key(("pages", "pageCount"))
    assert isinstance(readings["id"], Computed)
    assert isinstance(readings["writer"], Linked)


def test_what_lists_leave_out_is_completed() -> None:
    reading = fields_of(Book)["text"].reading
    assert isinstance(reading, Completed)
    assert (reading.name, reading.is_full, reading.convert) == ("text", library.is_full, None)
    assert fields_of(Novel)["text"].reading is reading


def test_a_field_of_a_subclass_is_its_own() -> None:
    assert fields_of(Novel)["hero"].reading == Key(("hero",))
    assert "hero" not in fields_of(Book)
    assert isinstance(fields_of(Novel)["hero"], ReadField)


def test_a_deprecated_field_says_why() -> None:
    assert fields_of(Book)["old_name"].deprecation_reason == "Nobody uses it."


@pytest.mark.parametrize(
    ("value", "name"),
    [({"type": "a"}, "A"), ({"type": "b"}, "Other"), ({"type": None}, "Other"), ({}, "Other")],
)
def test_a_discriminator_knows_its_members_and_a_fallback(value: dict[str, Any], name: str) -> None:
    assert Discriminator("type", {"a": "A"}, "Other").name_of(value) == name


@pytest.mark.parametrize("kind", [["a"], {"a": 1}, 7])
def test_a_discriminator_is_not_upset_by_another_kind_of_value(kind: object) -> None:
    assert Discriminator("type", {"a": "A"}, "Other").name_of({"type": kind}) == "Other"


def test_interfaces_and_unions_are_told_by_a_key_where_they_say_so() -> None:
    assert DISCRIMINATORS["Book"].key == "kind"
    assert DISCRIMINATORS["Thing"].key == "type"
    assert "Node" not in DISCRIMINATORS


def test_a_type_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="has no docstring"):

        @object_type()
        class Silent:
            word: str | None
