"""Where the gateway listens, and whom it answers there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.settings import Settings, problems

if TYPE_CHECKING:
    from tests.settings.conftest import Environment


def test_origins_are_a_list_with_commas(environment: Environment) -> None:
    environment(GATEWAY_CORS_ORIGINS=" https://board.example,http://[::1]:5173 ,")
    assert Settings().gateway.allowed_origins == {"https://board.example", "http://[::1]:5173"}
    assert problems() == []
