"""All settings: what they are where nothing is set, and what follows from several of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from gateway.operation.limits import DocumentLimits
from gateway.settings import (
    USUAL_RATE,
    AuthMode,
    AuthSettings,
    GatewaySettings,
    RetellSettings,
    SandboxSettings,
    Settings,
    findings,
    problems,
)

if TYPE_CHECKING:
    from tests.settings.conftest import Environment


def test_without_any_variable_the_gateway_is_on_loopback_and_has_no_key() -> None:
    settings = Settings()
    assert settings.retell.model_dump() == {
        "api_key": None,
        "api_keys": {},
        "base_url": "https://api.retellai.com",
    }
    assert settings.gateway.model_dump() == {
        "host": "127.0.0.1",
        "port": 4000,
        "hosts": "",
        "cors_origins": "",
        "https_only_seconds": 0,
        "connections": 10_000,
        "cache": "memory://",
        "cache_entries": 10_000,
        "cache_bytes": 512 * 1024 * 1024,
        "answer_bytes": 64 * 1024 * 1024,
        "executor": "compiled",
        "operation_seconds": 10.0,
        "operations_at_once": 1000,
        "all_operations_at_once": 2000,
        "cost_limit": 1100,
        "item_limit": 10_000,
        "rate_limit": None,
        "rate_window_seconds": 60,
        "upstream_at_once": 100,
        "body_bytes": 256 * 1024,
        "body_seconds": 15.0,
        "uploads": False,
        "upload_bytes": 25 * 1024 * 1024,
        "upload_file_bytes": 20 * 1024 * 1024,
        "upload_files": 20,
        "upload_seconds": 60.0,
        "streams": 1000,
        "socket_operations": 20,
        "socket_message_bytes": 256 * 1024,
        "socket_init_seconds": 10.0,
        "keepalive_seconds": 20.0,
        "drain_seconds": 20.0,
        "introspection": False,
        "graphiql": False,
        "documents": "off",
        "trusted_documents_file": None,
        "apq": True,
        "apq_documents": 1_000,
        "apq_bytes": 16 * 1024 * 1024,
        "debug": False,
        "debug_header": False,
        "audit": None,
        "log_format": "json",
        "log_level": "info",
    }
    assert settings.limits.model_dump() == asdict(DocumentLimits())
    assert settings.auth.model_dump() == {
        "auth": None,
        "auth_none_everywhere": False,
        "keys_file": "",
        "jwt_issuer": "",
        "jwt_jwks_url": "",
        "jwt_audience": "",
        "jwt_algorithms": "RS256,ES256",
        "jwt_leeway_seconds": 30.0,
        "jwt_tenant_claim": "",
        "jwt_scopes_claim": "scope",
    }
    assert settings.auth_mode == "passthrough"
    assert findings(settings) == []
    assert SandboxSettings().model_dump() == {"port": 4010}
    assert problems() == []


def test_variables_are_read_by_their_prefix(environment: Environment) -> None:
    environment(RETELL_API_KEY="key_a", GATEWAY_PORT="0", GATEWAY_CACHE="off", SANDBOX_PORT="1")
    settings = Settings()
    assert settings.retell.api_key == SecretStr("key_a")
    assert (settings.gateway.port, settings.gateway.cache, SandboxSettings().port) == (0, "off", 1)
    assert "key_a" not in repr(settings.retell)


def test_an_empty_variable_counts_as_not_set(environment: Environment) -> None:
    environment(RETELL_API_KEY="", GATEWAY_HOST="", GATEWAY_PORT="", SANDBOX_PORT="")
    settings = Settings()
    assert (settings.retell.api_key, settings.gateway.host) == (None, "127.0.0.1")
    assert (settings.gateway.port, SandboxSettings().port) == (4000, 4010)


def test_what_is_given_goes_before_the_environment(environment: Environment) -> None:
    environment(GATEWAY_PORT="5000")
    given = Settings(GatewaySettings(port=6000), RetellSettings(base_url="https://retell.test"))
    assert (given.gateway.port, given.retell.base_url) == (6000, "https://retell.test")


@pytest.mark.parametrize(
    ("variables", "mode"),
    [
        ({}, "passthrough"),
        ({"RETELL_API_KEY": "key_a"}, "none"),
        ({"RETELL_API_KEY": "key_a", "GATEWAY_AUTH": "passthrough"}, "passthrough"),
        ({"RETELL_API_KEYS": '{"b": "key_b"}'}, "passthrough"),
        ({"RETELL_API_KEYS": '{"b": "key_b"}', "GATEWAY_AUTH": "api-key"}, "api-key"),
    ],
)
def test_who_may_ask_follows_from_the_keys_where_it_is_not_said(
    environment: Environment, variables: dict[str, str], mode: str
) -> None:
    environment(**variables)
    assert Settings().auth_mode == mode


@pytest.mark.parametrize(
    ("auth", "given", "expected"),
    [
        ("none", None, 0),
        ("passthrough", None, 0),
        ("api-key", None, USUAL_RATE),
        ("jwt", None, USUAL_RATE),
        ("none", 5, 5),
        ("jwt", 0, 0),
    ],
)
def test_a_rate_is_limited_where_callers_are_told_apart(
    auth: AuthMode, given: int | None, expected: int
) -> None:
    settings = Settings(GatewaySettings(rate_limit=given), auth=AuthSettings(auth=auth))
    assert settings.rate_limit == expected


@pytest.mark.parametrize(
    ("auth", "given", "expected"),
    [
        ("none", None, "off"),
        ("passthrough", None, "stdout"),
        ("api-key", None, "stdout"),
        ("none", "stdout", "stdout"),
        ("jwt", "off", "off"),
    ],
)
def test_the_audit_is_kept_where_somebody_is_known(
    auth: AuthMode, given: str | None, expected: str
) -> None:
    settings = Settings(GatewaySettings(audit=given), auth=AuthSettings(auth=auth))
    assert settings.audit == expected
