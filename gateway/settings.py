"""Every setting, once: read by `app` and `cli` only."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RETELL = "https://api.retellai.com"

_KEY = re.compile(r"[!-~]{1,512}")
"""What can stand in a header."""

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def _from_environment(prefix: str) -> SettingsConfigDict:
    # An empty variable counts as one that is not set: that is what `KEY=${KEY:-}` leaves behind.
    return SettingsConfigDict(env_prefix=prefix, env_ignore_empty=True, extra="ignore")


class RetellSettings(BaseSettings):
    """Where Retell is, and with which key it is asked."""

    model_config = _from_environment("RETELL_")

    api_key: SecretStr | None = Field(
        default=None,
        description="The key for Retell. Without it, each caller's own "
        "`Authorization: Bearer` key is passed through and is a tenant of its own.",
    )
    base_url: str = Field(default=RETELL, description="Where Retell is; https, except on loopback.")

    @field_validator("api_key")
    @classmethod
    def _key_can_be_sent(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("a key is 1 to 512 printable ASCII characters without spaces")
        return key


class GatewaySettings(BaseSettings):
    """How the gateway serves."""

    model_config = _from_environment("GATEWAY_")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. With `RETELL_API_KEY` set, whoever reaches it reads "
        "with that key: leave it on loopback unless something in front tells callers apart.",
    )
    port: int = Field(
        default=4000, ge=0, le=65535, description="Port to listen on; 0 takes any that is free."
    )
    hosts: str = Field(
        default="",
        description="Names, separated by commas, that it answers to besides those of loopback, "
        "while it listens on loopback with `RETELL_API_KEY`; `*` is any. For a proxy in front "
        "that passes its own name on.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins, separated by commas, whose pages may read answers: "
        "`https://board.example`. `*` is any, and only where callers bring a key or token.",
    )
    https_only_seconds: int = Field(
        default=0,
        ge=0,
        description="How long browsers are told to come by https only "
        "(`strict-transport-security`); 0 tells them nothing.",
    )
    connections: int = Field(
        default=10_000, ge=1, description="Most connections of clients that are open at once."
    )
    cache: Literal["memory://", "off"] = Field(
        default="memory://",
        description="`memory://` remembers answers in this process; `off` remembers nothing, "
        "though readers of the same thing at the same time still share one request.",
    )
    cache_entries: int = Field(
        default=10_000, ge=1, description="Most answers that are remembered."
    )
    cache_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=1,
        description="Most memory that remembered answers take, in bytes, estimated.",
    )
    answer_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="Most memory that whole answers take which are sent again while all that they "
        "are made from is fresh, in bytes; 0 remembers none.",
    )
    executor: Literal["compiled", "interpreted"] = Field(
        default="compiled",
        description="`compiled` runs operations that come again as compiled code; `interpreted` "
        "leaves all of them to graphql-core. The answers are the same.",
    )
    operation_seconds: float = Field(
        default=10.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that an operation may take; what is not there by then is an "
        "`UPSTREAM_TIMEOUT` at its path, and what has not been answered a second later is ended "
        "with `OPERATION_TIMEOUT`.",
    )
    operations_at_once: int = Field(
        default=200,
        ge=1,
        description="Most operations of one tenant under way at once, answers in parts included; "
        "answers out of the memory are not counted.",
    )
    all_operations_at_once: int = Field(
        default=1000, ge=1, description="The same, of all tenants together."
    )
    cost_limit: int = Field(
        default=1100, ge=1, description="Most requests to Retell that one operation may make."
    )
    rate_limit: int = Field(
        default=6000,
        ge=0,
        description="Most requests to Retell that the operations of one caller may make in a "
        "window of time; 0 counts none.",
    )
    rate_window_seconds: int = Field(
        default=60, ge=1, description="The length of that window, which begins with its first."
    )
    upstream_at_once: int = Field(
        default=100, ge=1, description="Most requests to Retell under way at once."
    )
    body_bytes: int = Field(default=256 * 1024, ge=1, description="Largest request body, in bytes.")
    body_seconds: float = Field(
        default=15.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a request body may take to arrive, and the head before it.",
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        allow_inf_nan=False,
        description="How long operations may still run after SIGTERM; then they are cancelled.",
    )
    graphiql: bool = Field(
        default=True, description="Whether a browser that opens `/graphql` gets GraphiQL."
    )
    debug: bool = Field(
        default=False,
        description="Put `extensions.gateway` on every answer; else only where the request has "
        "the header `x-gateway-debug: 1`.",
    )
    audit: str = Field(
        default="stdout",
        min_length=1,
        description="Where the audit goes, a JSON line for each read of personal fields: `stdout`, "
        "`off`, or a file that is appended to.",
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="Form of the log lines on standard error."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe lines that are logged."
    )

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_some(cls, origins: str) -> str:
        for origin in _names(origins) - {"*"}:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("an origin is https://host or https://host:port in lower case")
        return origins

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Those of `cors_origins`."""
        return _names(self.cors_origins)

    @field_validator("host")
    @classmethod
    def _host_is_given(cls, host: str) -> str:
        if not host.strip():
            raise ValueError("an address to listen on is needed")
        return host


class SandboxSettings(BaseSettings):
    """Where the sandbox listens: always on loopback."""

    model_config = _from_environment("SANDBOX_")

    port: int = Field(
        default=4010,
        ge=0,
        le=65535,
        description="Port of the sandbox, on 127.0.0.1; 0 takes any that is free.",
    )


GROUPS: tuple[type[BaseSettings], ...] = (RetellSettings, GatewaySettings, SandboxSettings)


class Settings:
    """All that the gateway needs; each from its environment variable where it is not given."""

    def __init__(
        self, gateway: GatewaySettings | None = None, retell: RetellSettings | None = None
    ) -> None:
        self.gateway = gateway or GatewaySettings()
        self.retell = retell or RetellSettings()


def clash(settings: Settings) -> str | None:
    """What is wrong with settings that are each in order."""
    if settings.retell.api_key is not None and "*" in settings.gateway.allowed_origins:
        return (
            "GATEWAY_CORS_ORIGINS: with RETELL_API_KEY any page could read with that key: name "
            "the origins instead of *"
        )
    return None


def problems() -> list[str]:
    """What is wrong with the environment: a line for each variable that cannot be used."""
    found = []
    for group in GROUPS:
        try:
            group()
        except ValidationError as error:
            # Never the value: it may be a key.
            found += [
                f"{_variable(group, str(e['loc'][0]))}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors()
            ]
    if not found and (wrong := clash(Settings())):
        found.append(wrong)
    return found


def settings_table() -> str:
    """Every setting as a Markdown table, for the documentation."""
    rows = [
        f"| `{_variable(group, name)}` | {_shown(field.default)} | {field.description} |"
        for group in GROUPS
        for name, field in group.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _names(text: str) -> frozenset[str]:
    """Of a list with commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _variable(group: type[BaseSettings], name: str) -> str:
    return f"{group.model_config['env_prefix']}{name}".upper()


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
