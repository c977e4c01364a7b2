"""What the doctor says of settings that are each in order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.auth.key_file import StoredKey
from gateway.doctor import Outside, findings
from gateway.settings import (
    RETELL,
    AuthMode,
    AuthSettings,
    GatewaySettings,
    LimitSettings,
    RetellSettings,
    Settings,
)

MADE = datetime(2026, 1, 1, tzinfo=UTC)
SOUND: dict[str, Any] = {
    "documents": "only",
    "trusted_documents_file": "x",
    "https_only_seconds": 1,
}
"""Of a gateway that faces the internet."""


def settings(
    auth: AuthMode = "passthrough", base_url: str = RETELL, limits: Any = None, **gateway: Any
) -> Settings:
    api_key = SecretStr("key") if auth == "none" else None
    retell = RetellSettings(api_key=api_key, base_url=base_url)
    who = AuthSettings(auth=auth)
    return Settings(GatewaySettings(**gateway), retell, who, LimitSettings(**(limits or {})))


def found(outside: Outside | None = None, **given: Any) -> list[tuple[str, str]]:
    outside = outside or Outside(on_loopback=False)
    return [(each.weight, each.variable) for each in findings(settings(**given), outside)]


def test_a_sound_gateway_has_no_finding() -> None:
    assert found(**SOUND) == []


def test_nor_has_one_that_only_this_machine_reaches() -> None:
    assert found(Outside(on_loopback=True), auth="none", introspection=True, graphiql=True) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"auth": "none"}, ("unsafe", "GATEWAY_AUTH_NONE_EVERYWHERE")),
        ({"auth": "none", "hosts": "a, *"}, ("unsafe", "GATEWAY_HOSTS")),
        ({"auth": "none"}, ("unsafe", "GATEWAY_HOSTS")),
        ({"introspection": True}, ("unsafe", "GATEWAY_INTROSPECTION")),
        ({"introspection": True, "graphiql": True}, ("unsafe", "GATEWAY_GRAPHIQL")),
        ({"debug": True}, ("unsafe", "GATEWAY_DEBUG")),
        ({"auth": "api-key", "rate_limit": 0}, ("unsafe", "GATEWAY_RATE_LIMIT")),
        ({"rate_limit": 12_001}, ("unsafe", "GATEWAY_RATE_LIMIT")),
        ({"cost_limit": 2201}, ("unsafe", "GATEWAY_COST_LIMIT")),
        ({"body_bytes": 10**9}, ("unsafe", "GATEWAY_BODY_BYTES")),
        ({"limits": {"depth": 25}}, ("unsafe", "GATEWAY_LIMIT_DEPTH")),
        ({"limits": {"fields": 1001}}, ("unsafe", "GATEWAY_LIMIT_FIELDS")),
        ({"audit": "off"}, ("unsafe", "GATEWAY_AUDIT")),
        ({"documents": "off", "trusted_documents_file": None}, ("advice", "GATEWAY_DOCUMENTS")),
        ({"documents": "prefer"}, ("advice", "GATEWAY_DOCUMENTS")),
        ({"cors_origins": "*"}, ("advice", "GATEWAY_CORS_ORIGINS")),
        ({"https_only_seconds": 0}, ("advice", "GATEWAY_HTTPS_ONLY_SECONDS")),
        ({"base_url": "https://elsewhere.test"}, ("advice", "RETELL_BASE_URL")),
        ({"drain_seconds": 5}, ("advice", "GATEWAY_DRAIN_SECONDS")),
        ({"log_level": "debug"}, ("advice", "GATEWAY_LOG_LEVEL")),
    ],
)
def test_what_is_unsafe_is_found(given: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in found(**SOUND | given)


def test_twice_a_limit_is_not_unsafe_yet() -> None:
    assert found(**SOUND, cost_limit=2200, limits={"depth": 24}) == []


def test_of_its_own_keys_those_are_named_that_last_or_may_everything() -> None:
    keys = [
        StoredKey(name="night", hash="0" * 64, created=MADE, scopes=("*",), expires=MADE),
        StoredKey(name="desk", hash="1" * 64, created=MADE, scopes=("calls:read",)),
    ]
    outside = Outside(on_loopback=False, keys=keys, readable_by_others=True)
    lines = [each.line for each in findings(settings("api-key", **SOUND), outside)]
    assert lines == [
        "unsafe: GATEWAY_KEYS_FILE: other users may read it, and see who may what; `chmod 600`.",
        "advice: GATEWAY_KEYS_FILE: never expire: desk.",
        "advice: GATEWAY_KEYS_FILE: may do everything: night.",
    ]


def test_what_is_unsafe_comes_first() -> None:
    weights = [weight for weight, _ in found(auth="none", drain_seconds=0, debug=True)]
    assert weights == sorted(weights, reverse=True)
    assert set(weights) == {"unsafe", "advice"}
