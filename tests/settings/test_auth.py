"""Which signatures of tokens count."""

from __future__ import annotations

from gateway.settings import ALGORITHMS, AuthSettings, names_in


def test_signatures_that_count_are_those_that_can_be_checked() -> None:
    assert names_in("RS256, ES256,") == {"RS256", "ES256"}
    every = ",".join(ALGORITHMS)
    assert AuthSettings(jwt_algorithms=every).jwt_algorithms == every
