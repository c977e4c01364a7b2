"""`gateway.schema.descriptions`: what is written under a class and its attributes."""

from __future__ import annotations

import pytest

from gateway.schema.descriptions import attribute_descriptions, type_description


class Described:
    """What it is.

    And more of it.
    """

    plain: int
    """Under an annotation."""
    assigned = 1
    """Under an assignment."""
    first = second = 2
    """Under two."""
    long: str = "x"
    """Over several

    lines.
    """
    silent: int
    after_silence: int
    """Not of the one before."""
    number: int
    7  # noqa: B018 - a constant that is no text
    b"bytes"  # noqa: B018

    def method(self) -> None:
        """Not an attribute."""

    """Under a method: of nothing."""


class Undescribed(Described):
    pass


def test_the_docstring_of_a_class_is_its_description() -> None:
    assert type_description(Described) == "What it is.\n\nAnd more of it."


def test_a_class_without_a_docstring_of_its_own_is_refused() -> None:
    with pytest.raises(TypeError, match="Undescribed has no docstring"):
        type_description(Undescribed)


def test_the_text_under_an_attribute_is_its_description() -> None:
    assert attribute_descriptions(Described) == {
        "plain": "Under an annotation.",
        "assigned": "Under an assignment.",
        "first": "Under two.",
        "second": "Under two.",
        "long": "Over several\n\nlines.",
        "after_silence": "Not of the one before.",
    }


def test_what_is_written_in_a_subclass_is_its_own() -> None:
    assert attribute_descriptions(Undescribed) == {}


def test_a_nested_class_is_read_as_well() -> None:
    class Nested:
        """Within."""

        inner: int
        """Deeper."""

    assert attribute_descriptions(Nested) == {"inner": "Deeper."}


def test_what_is_not_written_as_a_class_is_refused() -> None:
    def factory() -> None:
        """Not a class."""

    with pytest.raises(TypeError, match="not written as a class"):
        attribute_descriptions(factory)  # type: ignore[arg-type]  # the point
