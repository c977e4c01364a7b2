"""Settings: what is read from the environment, what is refused, and how that is told."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError

from gateway.operation.limits import DocumentLimits
from gateway.settings import (
    ALGORITHMS,
    GROUPS,
    USUAL_RATE,
    AuthMode,
    AuthSettings,
    GatewaySettings,
    RetellSettings,
    SandboxSettings,
    Settings,
    names_in,
    problems,
    settings_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Environment = Callable[..., None]


@pytest.fixture(name="environment")
def given_environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Sets variables."""

    def set_all(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


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
    assert settings.contradictions() == []
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


PORT = "Input should be a valid integer, unable to parse string as an integer"
KEY = "a key is 1 to 512 printable ASCII characters without spaces"
KEYS = 'it must be a JSON object of names and keys: {"tenant": "key"}'
NAME = "a tenant's name is 1 to 128 printable characters"
SIGNATURES = (
    "each must be one of ES256, ES384, ES512, Ed25519, PS256, PS384, PS512, RS256, RS384, RS512"
)


ORIGIN = "an origin is https://host or https://host:port in lower case"
NO_ORIGINS = (
    "board.example",
    "https://board.example/",
    "https://Board.example",
    "https://board.example, null",
    "https://*.example",
    "file://",
    "https://board.example:port",
)


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


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("RETELL_API_KEY", "key with spaces", KEY),
        ("RETELL_API_KEY", "key\n", KEY),
        ("RETELL_API_KEY", "kéy", KEY),
        ("RETELL_API_KEY", "key\udcff", KEY),
        ("RETELL_API_KEY", "k" * 513, KEY),
        ("RETELL_API_KEYS", "key", KEYS),
        ("RETELL_API_KEYS", '["key"]', "Input should be a valid dictionary"),
        ("RETELL_API_KEYS", '{"a": 1}', "Input should be a valid string"),
        ("RETELL_API_KEYS", '{"a": "key with spaces"}', KEY),
        ("RETELL_API_KEYS", '{"": "key"}', NAME),
        ("RETELL_API_KEYS", '{" a": "key"}', NAME),
        ("RETELL_API_KEYS", r'{"a\nb": "key"}', NAME),
        (
            "GATEWAY_AUTH",
            "basic",
            "Input should be 'none', 'api-key', 'jwt' or 'passthrough'",
        ),
        ("GATEWAY_JWT_ALGORITHMS", "none", SIGNATURES),
        ("GATEWAY_JWT_ALGORITHMS", "RS256,HS256", SIGNATURES),
        ("GATEWAY_JWT_ALGORITHMS", "rs256", SIGNATURES),
        ("GATEWAY_JWT_ALGORITHMS", " , ", SIGNATURES),
        ("GATEWAY_JWT_LEEWAY_SECONDS", "301", "Input should be less than or equal to 300"),
        ("GATEWAY_JWT_LEEWAY_SECONDS", "nan", "Input should be less than or equal to 300"),
        ("GATEWAY_HOST", "  ", "an address to listen on is needed"),
        ("GATEWAY_PORT", "x", PORT),
        ("GATEWAY_PORT", "-1", "Input should be greater than or equal to 0"),
        ("GATEWAY_PORT", "65536", "Input should be less than or equal to 65535"),
        ("GATEWAY_CACHE", "redis", "Input should be 'memory://' or 'off'"),
        ("GATEWAY_CACHE_ENTRIES", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_CACHE_BYTES", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_OPERATION_SECONDS", "0", "Input should be greater than 0"),
        ("GATEWAY_OPERATION_SECONDS", "inf", "Input should be a finite number"),
        *(("GATEWAY_CORS_ORIGINS", origins, ORIGIN) for origins in NO_ORIGINS),
        ("GATEWAY_HTTPS_ONLY_SECONDS", "-1", "Input should be greater than or equal to 0"),
        ("GATEWAY_CONNECTIONS", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_OPERATIONS_AT_ONCE", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_ALL_OPERATIONS_AT_ONCE", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_COST_LIMIT", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_RATE_LIMIT", "-1", "Input should be greater than or equal to 0"),
        ("GATEWAY_RATE_WINDOW_SECONDS", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_UPSTREAM_AT_ONCE", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_BODY_BYTES", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_BODY_SECONDS", "0", "Input should be greater than 0"),
        ("GATEWAY_BODY_SECONDS", "nan", "Input should be a finite number"),
        ("GATEWAY_DRAIN_SECONDS", "-1", "Input should be greater than or equal to 0"),
        ("GATEWAY_DRAIN_SECONDS", "inf", "Input should be a finite number"),
        (
            "GATEWAY_GRAPHIQL",
            "maybe",
            "Input should be a valid boolean, unable to interpret input",
        ),
        ("GATEWAY_DOCUMENTS", "some", "Input should be 'off', 'prefer' or 'only'"),
        ("GATEWAY_APQ_DOCUMENTS", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_APQ_BYTES", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_LIMIT_DEPTH", "0", "Input should be greater than or equal to 1"),
        ("GATEWAY_LIMIT_ALIASES", "-1", "Input should be greater than or equal to 0"),
        ("GATEWAY_LOG_FORMAT", "xml", "Input should be 'json' or 'text'"),
        (
            "GATEWAY_LOG_LEVEL",
            "loud",
            "Input should be 'debug', 'info', 'warning' or 'error'",
        ),
        ("SANDBOX_PORT", "x", PORT),
        ("SANDBOX_PORT", "65536", "Input should be less than or equal to 65535"),
        ("SANDBOX_PORT", "-1", "Input should be greater than or equal to 0"),
    ],
)
def test_a_value_that_cannot_be_used_has_a_line_without_it(
    environment: Environment, variable: str, value: str, message: str
) -> None:
    environment(**{variable: value})
    assert problems() == [f"{variable}: {message}"]


@pytest.mark.parametrize("mode", ["prefer", "only"])
def test_trusted_documents_need_a_file(environment: Environment, mode: str) -> None:
    environment(GATEWAY_DOCUMENTS=mode)
    message = "a file is needed where GATEWAY_DOCUMENTS is not off"
    assert problems() == [f"GATEWAY_TRUSTED_DOCUMENTS_FILE: {message}"]
    environment(GATEWAY_TRUSTED_DOCUMENTS_FILE="documents.json")
    assert problems() == []
    assert GatewaySettings().trusted_documents_file == Path("documents.json")


def test_limits_are_read_from_the_environment(environment: Environment) -> None:
    environment(GATEWAY_LIMIT_ROOT_FIELDS="7")
    assert Settings().limits.root_fields == 7


def test_keys_of_several_tenants_are_read_and_not_shown(environment: Environment) -> None:
    environment(RETELL_API_KEY="key_a", RETELL_API_KEYS='{"b": "key_b", "Praxis Süd": "key_c"}')
    retell = Settings().retell
    assert retell.keys() == {"default": "key_a", "b": "key_b", "Praxis Süd": "key_c"}
    assert "key_" not in repr(retell) + str(retell.model_dump())


def test_signatures_that_count_are_those_that_can_be_checked() -> None:
    assert names_in("RS256, ES256,") == {"RS256", "ES256"}
    every = ",".join(ALGORITHMS)
    assert AuthSettings(jwt_algorithms=every).jwt_algorithms == every


NONE = "GATEWAY_AUTH is `none`"
TENANTS = '{"b": "key_b"}'


@pytest.mark.parametrize(
    ("variables", "mode", "contradictions"),
    [
        ({"RETELL_API_KEY": "key_a"}, "none", []),
        ({"RETELL_API_KEY": "key_a", "GATEWAY_AUTH": "passthrough"}, "passthrough", []),
        ({"GATEWAY_AUTH": "none"}, "none", [f"RETELL_API_KEY: it is needed where {NONE}"]),
        (
            {"RETELL_API_KEYS": TENANTS},
            "passthrough",
            ["RETELL_API_KEYS: only GATEWAY_AUTH `api-key` or `jwt` tells tenants apart"],
        ),
        (
            {"RETELL_API_KEYS": TENANTS, "RETELL_API_KEY": "key_a"},
            "none",
            ["RETELL_API_KEYS: only GATEWAY_AUTH `api-key` or `jwt` tells tenants apart"],
        ),
        (
            {"RETELL_API_KEYS": TENANTS, "GATEWAY_AUTH": "api-key", "GATEWAY_KEYS_FILE": "x"},
            "api-key",
            [],
        ),
        (
            {
                "RETELL_API_KEYS": '{"default": "key_b"}',
                "RETELL_API_KEY": "key_a",
                "GATEWAY_AUTH": "jwt",
            },
            "jwt",
            [
                "RETELL_API_KEYS: its `default` is what RETELL_API_KEY is for",
                "GATEWAY_JWT_ISSUER: it is needed where GATEWAY_AUTH is `jwt`",
                "GATEWAY_JWT_AUDIENCE: it is needed where GATEWAY_AUTH is `jwt`",
            ],
        ),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    environment: Environment, variables: dict[str, str], mode: str, contradictions: list[str]
) -> None:
    environment(**variables)
    settings = Settings()
    assert (settings.auth_mode, settings.contradictions()) == (mode, contradictions)


def test_every_wrong_variable_has_its_line(environment: Environment) -> None:
    environment(RETELL_API_KEY="a b", GATEWAY_PORT="x", GATEWAY_DEBUG="?", SANDBOX_PORT="y")
    names = ["RETELL_API_KEY", "GATEWAY_PORT", "GATEWAY_DEBUG", "SANDBOX_PORT"]
    assert [line.split(":")[0] for line in problems()] == names


def test_bounds_that_are_still_allowed(environment: Environment) -> None:
    environment(RETELL_API_KEY="!" + "~" * 511, GATEWAY_PORT="65535", GATEWAY_DRAIN_SECONDS="0")
    assert problems() == []


def test_settings_that_are_built_in_code_are_checked_as_well() -> None:
    with pytest.raises(ValidationError):
        RetellSettings(api_key=SecretStr("a b"))


def test_the_table_has_a_row_for_each_setting() -> None:
    head, rule, *rows = settings_table().splitlines()
    assert (head, rule) == ("| variable | default | meaning |", "|---|---|---|")
    assert len(rows) == sum(len(group.model_fields) for group in GROUPS)
    assert rows[0].startswith("| `RETELL_API_KEY` | none | The key for Retell. ")
    assert "| `GATEWAY_DEBUG` | `false` | Put `extensions.gateway`" in settings_table()
    assert "| `GATEWAY_PORT` | `4000` | Port to listen on; 0 takes any that is free. |" in rows
    assert rows[-1].startswith("| `SANDBOX_PORT` | `4010` | ")
    assert settings_table().endswith("|\n")


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
