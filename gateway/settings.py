"""Every setting, once: read by `app` and `cli` only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RETELL = "https://api.retellai.com"

_KEY = re.compile(r"[!-~]{1,512}")
"""What can stand in a header."""


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
        default=30.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that an operation waits for Retell; what is not there by then is an "
        "`UPSTREAM_TIMEOUT` at its path.",
    )
    upstream_at_once: int = Field(
        default=100, ge=1, description="Most requests to Retell under way at once."
    )
    body_bytes: int = Field(default=256 * 1024, ge=1, description="Largest request body, in bytes.")
    body_seconds: float = Field(
        default=15.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a request body may take to arrive.",
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        allow_inf_nan=False,
        description="How long operations may still run after SIGTERM; then they are cancelled.",
    )
    introspection: bool = Field(
        default=False,
        description="Whether the schema is told: `__schema` and `__type` are answered, and errors "
        "say what does not fit and what was probably meant. `demo` turns it on.",
    )
    graphiql: bool = Field(
        default=False,
        description="Whether a browser that opens `/graphql` gets GraphiQL, which wants "
        "`GATEWAY_INTROSPECTION` as well. `demo` turns it on.",
    )
    documents: Literal["off", "prefer", "only"] = Field(
        default="off",
        description="Trusted documents: `off` knows none, `prefer` answers them by their ids and "
        "other documents as well, `only` answers nothing else.",
    )
    trusted_documents_file: Path | None = Field(
        default=None,
        validate_default=True,
        description="The manifest of trusted documents: graphql-codegen's "
        "`persisted-documents.json`, Relay's persisted queries, or Apollo's operation manifest.",
    )
    apq: bool = Field(
        default=True,
        description="Automatic persisted queries: a document that was sent once is known by its "
        "hash. Off in any case where `GATEWAY_DOCUMENTS` is `only`.",
    )
    apq_documents: int = Field(
        default=1_000, ge=1, description="Most documents that are known by their hash, per tenant."
    )
    apq_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1,
        description="Most memory that documents known by their hash take, in bytes, of all tenants "
        "together.",
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

    @field_validator("host")
    @classmethod
    def _host_is_given(cls, host: str) -> str:
        if not host.strip():
            raise ValueError("an address to listen on is needed")
        return host

    @field_validator("trusted_documents_file")
    @classmethod
    def _file_is_given_where_it_is_needed(
        cls, file: Path | None, info: ValidationInfo
    ) -> Path | None:
        if file is None and info.data.get("documents", "off") != "off":
            raise ValueError("a file is needed where GATEWAY_DOCUMENTS is not off")
        return file


class LimitSettings(BaseSettings):
    """How large a document may be: the same numbers as in `operation/limits.py`."""

    model_config = _from_environment("GATEWAY_LIMIT_")

    characters: int = Field(default=100_000, ge=1, description="Most characters of a document.")
    tokens: int = Field(default=4_000, ge=1, description="Most tokens of a document.")
    comments: int = Field(default=1_000, ge=0, description="Most comments in a document.")
    definitions: int = Field(
        default=100, ge=1, description="Most operations and fragments of a document."
    )
    depth: int = Field(default=12, ge=1, description="Most levels of fields of an operation.")
    fields: int = Field(
        default=500,
        ge=1,
        description="Most fields of an operation, fragments written out, not multiplied by lists.",
    )
    aliases: int = Field(
        default=30, ge=0, description="Most aliases of an operation, fragments written out."
    )
    root_fields: int = Field(
        default=20,
        ge=1,
        description="Most fields at the root of an operation, fragments written out.",
    )
    directives: int = Field(
        default=50, ge=0, description="Most directives of an operation, fragments written out."
    )
    directives_at_once: int = Field(
        default=5, ge=0, description="Most directives at one place of an operation."
    )
    introspections: int = Field(
        default=3,
        ge=1,
        description="Most `__schema` and `__type` of an operation, where they are answered.",
    )
    introspection_depth: int = Field(
        default=20, ge=1, description="Most levels of fields below one of these."
    )
    introspection_fields: int = Field(
        default=500, ge=1, description="Most fields below these, fragments written out."
    )
    values: int = Field(
        default=5_000,
        ge=0,
        description="Most values in the variables, in lists and objects as well, times the fields "
        "at the root.",
    )


class SandboxSettings(BaseSettings):
    """Where the sandbox listens: always on loopback."""

    model_config = _from_environment("SANDBOX_")

    port: int = Field(
        default=4010,
        ge=0,
        le=65535,
        description="Port of the sandbox, on 127.0.0.1; 0 takes any that is free.",
    )


GROUPS: tuple[type[BaseSettings], ...] = (
    RetellSettings,
    GatewaySettings,
    LimitSettings,
    SandboxSettings,
)


class Settings:
    """All that the gateway needs; each from its environment variable where it is not given."""

    def __init__(
        self,
        gateway: GatewaySettings | None = None,
        retell: RetellSettings | None = None,
        limits: LimitSettings | None = None,
    ) -> None:
        self.gateway = gateway or GatewaySettings()
        self.retell = retell or RetellSettings()
        self.limits = limits or LimitSettings()


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
    return found


def settings_table() -> str:
    """Every setting as a Markdown table, for the documentation."""
    rows = [
        f"| `{_variable(group, name)}` | {_shown(field.default)} | {field.description} |"
        for group in GROUPS
        for name, field in group.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _variable(group: type[BaseSettings], name: str) -> str:
    return f"{group.model_config['env_prefix']}{name}".upper()


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
