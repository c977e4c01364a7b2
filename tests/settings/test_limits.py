"""How large documents may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.settings import Settings

if TYPE_CHECKING:
    from tests.settings.conftest import Environment


def test_limits_are_read_from_the_environment(environment: Environment) -> None:
    environment(GATEWAY_LIMIT_ROOT_FIELDS="7")
    assert Settings().limits.root_fields == 7
