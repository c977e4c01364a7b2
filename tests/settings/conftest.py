"""What tests of settings begin with."""

from __future__ import annotations

from typing import Protocol

import pytest


class Environment(Protocol):
    """Sets variables."""

    def __call__(self, **variables: str) -> None: ...


@pytest.fixture(name="environment")
def given_environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Variables as they are set by it."""

    def set_all(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all
