"""What every test begins with: none of the settings of the shell that it is run from."""

from __future__ import annotations

import pytest

from gateway.settings import GROUPS


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for group in GROUPS:
        for name in group.model_fields:
            monkeypatch.delenv(f"{group.model_config['env_prefix']}{name}".upper(), raising=False)
