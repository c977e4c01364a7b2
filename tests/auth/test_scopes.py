"""Names of scopes: what a list of them grants, and which are unknown."""

from __future__ import annotations

import pytest

from gateway.auth.scopes import granted, unknown

KNOWN = frozenset({"calls:read", "web-calls:write"})


@pytest.mark.parametrize(
    ("names", "scopes"),
    [
        ([], frozenset()),
        (["calls:read"], {"calls:read"}),
        (["calls:read", "calls:read", "web-calls:write"], {"calls:read", "web-calls:write"}),
        (["openid", "users:read", "Calls:Read", "a:b:c", "calls:read\n"], frozenset()),
        (["*"], None),
        (["calls:read", "*"], None),
        (["calls:*"], frozenset()),
    ],
)
def test_names_of_ours_are_granted(names: list[str], scopes: frozenset[str] | None) -> None:
    assert granted(names, KNOWN) == scopes


def test_unknown_is_what_is_not_declared() -> None:
    assert unknown(["*", "calls:read", "calls:fly", "calls"], KNOWN) == ["calls:fly", "calls"]
