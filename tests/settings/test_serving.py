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


def test_any_origin_is_for_gateways_whose_callers_bring_a_key(environment: Environment) -> None:
    environment(GATEWAY_CORS_ORIGINS="*")
    assert problems() == []
    environment(RETELL_API_KEY="key_a")
    assert problems() == [
        "GATEWAY_CORS_ORIGINS: with RETELL_API_KEY any page could read with that key: name the "
        "origins instead of *"
    ]
