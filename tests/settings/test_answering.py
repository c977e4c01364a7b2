"""Which documents are answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.settings import GatewaySettings, problems

if TYPE_CHECKING:
    from tests.settings.conftest import Environment


@pytest.mark.parametrize("mode", ["prefer", "only"])
def test_trusted_documents_need_a_file(environment: Environment, mode: str) -> None:
    environment(GATEWAY_DOCUMENTS=mode)
    message = "a file is needed where GATEWAY_DOCUMENTS is not off"
    assert problems() == [f"GATEWAY_TRUSTED_DOCUMENTS_FILE: {message}"]
    environment(GATEWAY_TRUSTED_DOCUMENTS_FILE="documents.json")
    assert problems() == []
    assert GatewaySettings().trusted_documents_file == Path("documents.json")
