"""Every variable: refused where it cannot be used, without its value, and told in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.settings import GROUPS, problems, settings_table

if TYPE_CHECKING:
    from tests.settings.conftest import Environment

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


def test_every_wrong_variable_has_its_line(environment: Environment) -> None:
    environment(RETELL_API_KEY="a b", GATEWAY_PORT="x", GATEWAY_DEBUG="?", SANDBOX_PORT="y")
    names = ["RETELL_API_KEY", "GATEWAY_PORT", "GATEWAY_DEBUG", "SANDBOX_PORT"]
    assert [line.split(":")[0] for line in problems()] == names


def test_bounds_that_are_still_allowed(environment: Environment) -> None:
    environment(RETELL_API_KEY="!" + "~" * 511, GATEWAY_PORT="65535", GATEWAY_DRAIN_SECONDS="0")
    assert problems() == []


def test_the_table_has_a_row_for_each_setting() -> None:
    head, rule, *rows = settings_table().splitlines()
    assert (head, rule) == ("| variable | default | meaning |", "|---|---|---|")
    assert len(rows) == sum(len(group.model_fields) for group in GROUPS)
    assert rows[0].startswith("| `RETELL_API_KEY` | none | The key for Retell. ")
    assert "| `GATEWAY_DEBUG` | `false` | Put `extensions.gateway`" in settings_table()
    assert "| `GATEWAY_PORT` | `4000` | Port to listen on; 0 takes any that is free. |" in rows
    assert rows[-1].startswith("| `SANDBOX_PORT` | `4010` | ")
    assert settings_table().endswith("|\n")
