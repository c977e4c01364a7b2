"""Every setting, once: read by `app` and `cli` only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RETELL = "https://api.retellai.com"


class RetellSettings(BaseSettings):
    """Where Retell is, and with which key it is asked."""

    model_config = SettingsConfigDict(env_prefix="RETELL_", extra="ignore")

    api_key: SecretStr | None = Field(
        default=None,
        description="The key for Retell. Without it, each caller's own "
        "`Authorization: Bearer` key is passed through and is a tenant of its own.",
    )
    base_url: str = Field(default=RETELL, description="Where Retell is; https, except on loopback.")


class GatewaySettings(BaseSettings):
    """How the gateway serves."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. With `RETELL_API_KEY` set, whoever reaches it reads "
        "with that key: leave it on loopback unless something in front tells callers apart.",
    )
    port: int = Field(default=4000, ge=0, le=65535, description="Port to listen on.")
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
    operation_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Longest that an operation waits for Retell; what is not there by then is an "
        "`UPSTREAM_TIMEOUT` at its path.",
    )
    upstream_at_once: int = Field(
        default=100, ge=1, description="Most requests to Retell under way at once."
    )
    body_bytes: int = Field(default=256 * 1024, ge=1, description="Largest request body, in bytes.")
    body_seconds: float = Field(
        default=15.0, gt=0, description="Longest that a request body may take to arrive."
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
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


class Settings:
    """All of them; each from its environment variable where it is not given."""

    def __init__(
        self, gateway: GatewaySettings | None = None, retell: RetellSettings | None = None
    ) -> None:
        self.gateway = gateway or GatewaySettings()
        self.retell = retell or RetellSettings()
