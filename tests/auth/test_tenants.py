"""Retell's keys by tenant: found by the exact name, told of once where there is none."""

from __future__ import annotations

import pytest

from gateway.auth.tenants import MOST_TOLD, Tenants
from gateway.errors import Forbidden


def test_a_tenant_has_its_own_key() -> None:
    tenants = Tenants({"default": "key_a", "b": "key_b"})
    assert (tenants.key_of("default"), tenants.key_of("b")) == ("key_a", "key_b")
    assert "key_a" not in repr(tenants)


def test_no_number_of_tenants_fills_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tenants = Tenants({"default": "key_a"})
    for _ in range(2):
        for number in range(MOST_TOLD + 10):
            with pytest.raises(Forbidden):
                tenants.key_of(f"tenant {number}")
    assert len(caplog.records) == MOST_TOLD
