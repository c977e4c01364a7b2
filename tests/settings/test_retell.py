"""Keys for Retell: read, checked, and shown to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError

from gateway.settings import RetellSettings, Settings

if TYPE_CHECKING:
    from tests.settings.conftest import Environment


def test_keys_of_several_tenants_are_read_and_not_shown(environment: Environment) -> None:
    environment(RETELL_API_KEY="key_a", RETELL_API_KEYS='{"b": "key_b", "Praxis Süd": "key_c"}')
    retell = Settings().retell
    assert retell.keys() == {"default": "key_a", "b": "key_b", "Praxis Süd": "key_c"}
    assert "key_" not in repr(retell) + str(retell.model_dump())


def test_settings_that_are_built_in_code_are_checked_as_well() -> None:
    with pytest.raises(ValidationError):
        RetellSettings(api_key=SecretStr("a b"))
