"""`gateway.errors`: a code for every error, and a tree in the docstring that is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from gateway import errors
from gateway.errors import GatewayError, NotFound, RateLimited, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = {GatewayError, UpstreamError}


def below(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from below(child)


def tree(kind: type[GatewayError], indent: str = "") -> Iterator[tuple[str, ...]]:
    """Indent, name and code of every line that the docstring should have below `kind`."""
    children = [c for c in kind.__subclasses__() if c.__module__ == errors.__name__]
    for child in children:
        last = child is children[-1]
        code = () if child in GROUPS else (child.code,)
        yield (indent + ("└─" if last else "├─"), child.__name__, *code)
        yield from tree(child, indent + ("   " if last else "│  "))


def test_the_tree_in_the_docstring_lists_exactly_the_classes_and_their_codes() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"^([ │├└─]*[├└]─) (\w+) *(\w*)$", errors.__doc__, re.MULTILINE)
    assert [tuple(filter(None, line)) for line in drawn] == list(tree(GatewayError))


def test_every_exception_of_the_module_is_in_the_tree() -> None:
    declared = {value for value in vars(errors).values() if isinstance(value, type)}
    assert declared == {GatewayError, *below(GatewayError)}


def test_every_code_is_upper_case_and_belongs_to_one_error() -> None:
    kinds = set(below(GatewayError)) - GROUPS
    codes = {kind.code for kind in kinds}
    assert len(codes) == len(kinds)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in codes)


def test_a_group_has_no_code_and_so_is_never_raised() -> None:
    assert not any(hasattr(group, "code") for group in GROUPS)


def test_every_error_says_what_it_means() -> None:
    assert all(kind.__doc__ for kind in [GatewayError, *below(GatewayError)])


def test_an_error_has_its_message_and_shows_its_code() -> None:
    error = NotFound("There is no such call.")
    assert (str(error), error.message) == ("There is no such call.", "There is no such call.")
    assert error.extensions() == {"code": "NOT_FOUND"}


@pytest.mark.parametrize(
    ("seconds", "extensions"),
    [
        (None, {"code": "RATE_LIMITED"}),
        (0.0, {"code": "RATE_LIMITED", "retryAfter": 0.0}),
        (2.5, {"code": "RATE_LIMITED", "retryAfter": 2.5}),
    ],
)
def test_retry_after_is_shown_where_it_is_known(
    seconds: float | None, extensions: dict[str, object]
) -> None:
    error = RateLimited("Slow down.", seconds)
    assert (error.message, error.retry_after) == ("Slow down.", seconds)
    assert error.extensions() == extensions
